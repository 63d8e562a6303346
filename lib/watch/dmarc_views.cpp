#include "watch/dmarc_views.hpp"

#include <algorithm>
#include <chrono>

namespace arrivald::watch {
namespace {

constexpr std::size_t kMaxKept = 64;
// What SendGrid delivered changes meanwhile.
constexpr Duration kHolds = std::chrono::minutes(10);
// Of what took so long, a view is kept for some times as long, whatever came in.
constexpr Duration kLong = std::chrono::milliseconds(200);
constexpr int kTimesLong = 20;
constexpr Duration kPatience = std::chrono::minutes(1);

Duration realTime() {
  return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch());
}

// Gives the turn back, also when its task is cancelled.
class Turn {
 public:
  Turn(bool& busy, runtime::Wakeup& free) : busy_(busy), free_(free) { busy_ = true; }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    busy_ = false;
    free_.wake();
  }

 private:
  bool& busy_;
  runtime::Wakeup& free_;
};

}  // namespace

DmarcViews::View DmarcViews::kept(const Configuration& configuration, const Key& key) const {
  const auto found = kept_.find(key);
  if (found == kept_.end()) return nullptr;
  const auto& kept = found->second;
  const auto age = clock_.sinceBoot() - kept.at;
  const bool isCurrent = kept.configuration == configuration && age < kHolds &&
                         kept.today == reports_.zone().dateOf(clock_.now());
  if (!isCurrent) return nullptr;
  if (kept.version == version()) return kept.view;
  return kept.took >= kLong && age < kTimesLong * kept.took ? kept.view : nullptr;
}

DmarcViews::View DmarcViews::latest(const std::string& domain, int days) const {
  const auto found = kept_.find({domain, days});
  return found == kept_.end() ? nullptr : found->second.view;
}

DmarcViewRequest DmarcViews::request(const config::Config& configuration, const std::string& domain,
                                     int days) const {
  auto request = dmarcRequest(reports_, statistics_, configuration, clock_.now(), domain, days);
  if (dns_ == nullptr || !dns_->asks()) return request;
  const auto* look = dns_->of(domain);
  if (look != nullptr) request.dns = *look;
  request.dnsState = look ? dmarc::stateOf(look->findings) : dmarc::State::unknown;
  return request;
}

runtime::Task<> DmarcViews::takeTurn() {
  while (busy_) co_await free_.wait(clock_, kPatience);
}

runtime::Task<Result<std::shared_ptr<DmarcWhole>>> DmarcViews::make(DmarcViewRequest request,
                                                                    Keeping keeping) {
  const auto rows = std::make_shared<DmarcRows>();
  auto read = co_await readDmarcRows(reports_, request);
  if (!read) co_return read.error();
  *rows = std::move(*read);
  auto whole = std::make_shared<DmarcWhole>();
  // To forget so much takes long as well, so that it is done there, too.
  std::function<void()> step = [rows, whole, request, keeping] {
    *whole = dmarcWholeOf(*rows, request);
    *rows = DmarcRows();
    if (keeping == Keeping::whole) return;
    whole->sources.clear();
    whole->reporters.clear();
  };
  co_await thread_.run(std::move(step));
  const auto named = reports_.database().read([&] {
    std::vector<std::int64_t> ids;
    for (const auto& reporter : whole->reporters) ids.push_back(reporter.id);
    const auto names = store::DmarcDaysTable(reports_.database()).names(ids);
    const auto name = [&](std::vector<DmarcReporter>& reporters) {
      for (auto& reporter : reporters)
        if (const auto known = names.find(reporter.id); known != names.end()) reporter.name = known->second;
    };
    name(whole->reporters);
    name(whole->view.reporters);
  });
  if (!named) co_return named.error();
  co_return std::move(whole);
}

runtime::Task<Result<DmarcViews::View>> DmarcViews::view(Configuration configuration, std::string domain,
                                                         int days) {
  const Key key{domain, std::clamp(days, 1, kMaxDmarcDays)};
  if (auto known = kept(configuration, key)) co_return std::move(known);
  co_await takeTurn();
  // Whoever came first may have asked for the same.
  if (auto known = kept(configuration, key)) co_return std::move(known);
  const Turn turn(busy_, free_);
  Kept kept{nullptr, configuration, version(), reports_.zone().dateOf(clock_.now()), clock_.sinceBoot()};
  const auto began = realTime();
  auto asked = request(*configuration, domain, days);
  auto whole = co_await make(std::move(asked), Keeping::view);
  if (!whole) co_return whole.error();
  kept.view = std::make_shared<const DmarcView>(std::move((*whole)->view));
  kept.took = realTime() - began;
  if (kept_.size() >= kMaxKept) kept_.clear();
  auto view = kept.view;
  kept_[key] = std::move(kept);
  co_return std::move(view);
}

runtime::Task<Result<std::shared_ptr<const DmarcWhole>>> DmarcViews::whole(Configuration configuration,
                                                                           std::string domain, int days) {
  co_await takeTurn();
  const Turn turn(busy_, free_);
  auto asked = request(*configuration, domain, days);
  auto made = co_await make(std::move(asked), Keeping::whole);
  if (!made) co_return made.error();
  std::shared_ptr<const DmarcWhole> whole = std::move(*made);
  co_return std::move(whole);
}

}  // namespace arrivald::watch
