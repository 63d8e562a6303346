# What an operator does with the package, inside a root with a real systemd: package_test.py --boot runs it there. It stops at
# the first thing that is not as it should be, and says END where all is.
exec >/root/out.txt 2>&1 </dev/null
set -eux
export DEBIAN_FRONTEND=noninteractive
trap 'systemctl poweroff' EXIT

is() { [ "$1" = "$2" ]; }
main_process() { systemctl show -p MainPID --value arrivald; }
state() { systemctl "$1" arrivald || true; }

apt-get install -y --no-install-recommends /root/old.deb
is "$(state is-enabled)" disabled
is "$(state is-active)" inactive
is "$(stat -c '%a %U' /etc/arrivald/secrets)" '700 root'

for secret in sendgrid-key:SG.none slack-webhook:https://hooks.slack.com/services/T/B/x; do
  (umask 077; printf %s "${secret#*:}" >"/etc/arrivald/secrets/${secret%%:*}")
done
cat >/etc/arrivald/arrivald.yaml <<'YAML'
language: en
accounts: [{name: main, key: {credential: secrets_sendgrid-key}, time_zone: Asia/Tokyo}]
slack: {webhook: {credential: secrets_slack-webhook}}
YAML
arrivald check
systemctl enable --now arrivald
is "$(state is-active)" active
is "$(stat -c %U /var/lib/arrivald/arrivald.db)" arrivald
arrivald doctor --offline | tee /root/doctor.txt
grep -q 'runs and starts with the machine' /root/doctor.txt
grep -q 'in use by the daemon' /root/doctor.txt
arrivald backup

# An upgrade restarts what runs and asks nothing, with a terminal and without one.
echo '# changed' >>/etc/arrivald/arrivald.yaml
before=$(main_process)
apt-get install -y /root/new.deb
is "$(state is-active)" active
[ "$(main_process)" != "$before" ]
before=$(main_process)
script -qec 'apt-get install -y --allow-downgrades /root/old.deb' /dev/null
is "$(state is-active)" active
[ "$(main_process)" != "$before" ]
is "$(tail -n 1 /etc/arrivald/arrivald.yaml)" '# changed'

apt-get remove -y arrivald
is "$(state is-active)" inactive
[ -s /var/lib/arrivald/arrivald.db ] && [ -s /etc/arrivald/secrets/sendgrid-key ]
apt-get purge -y arrivald
is "$(find / -xdev -name '*arrivald*' -not -path '/root/*' -not -path '/var/log/*' -not -path '/proc/*')" ''
echo END
