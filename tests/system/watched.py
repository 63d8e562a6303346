"""The daemon under a lying provider, in real time or by the virtual clock."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from harness import Daemon


class Watched(Daemon):
    """`accounts`: name -> further YAML of the account. Every account's key comes from its environment variable."""

    def __init__(self, program, provider, accounts, extra="", store=None):
        self.accounts, self.extra, self.store = accounts, extra, store
        super().__init__(program, provider)
        if provider.clock and not store and os.path.isdir("/dev/shm"):
            # A disk would be what takes the longest in a month of virtual time.
            self.store = tempfile.mkdtemp(prefix="arrivald-system-", dir="/dev/shm") + "/arrivald.db"
            self.write(provider)
        self.environment["TEST_HOOK"] = f"{provider.url}/services/T/B/main"
        for account in provider.accounts.values():
            self.environment["KEY_" + account.name.upper().replace("-", "_")] = account.key
        if provider.clock:
            self.environment |= provider.clock.environment()
        self.provider = provider

    def write(self, provider, extra="", account=""):
        entries = "".join(
            f"  - {{name: {name}, key: {{environment: KEY_{name.upper().replace('-', '_')}}}, base_url: {provider.url}{more}}}\n"
            for name, more in self.accounts.items())
        pathlib.Path(self.config).write_text(
            f"language: en\ntime_zone: UTC\naccounts:\n{entries}slack: {{webhook: {{environment: TEST_HOOK}}}}\nstatus_page: off\n"
            f"store: {{path: {self.store or self.folder + '/arrivald.db'}}}\nlisten: {{port: {self.port}}}\n{self.extra}")

    def clean(self):
        super().clean()
        if self.store and self.store.startswith("/dev/shm/arrivald-system-"):
            shutil.rmtree(os.path.dirname(self.store), ignore_errors=True)

    def command(self, *words):
        own = {name: value for name, value in self.environment.items() if name != "LD_PRELOAD"}
        return subprocess.run([self.program, *words], capture_output=True, text=True, env=own, timeout=60)

    def totals(self, series, label):
        """All values of a counter by one label, summed over the other labels."""
        sums = {}
        for labels, value in re.findall(rf"^{series}\{{([^}}]*)\}} (\S+)$", self.metrics(), re.M):
            name = re.search(rf'(?:^|,){label}="([^"]*)"', labels).group(1)
            sums[name] = sums.get(name, 0) + float(value)
        return sums
