#include "desk/kept_forms.hpp"

#include <algorithm>

namespace arrivald::desk {
namespace {

constexpr std::size_t kKeyBytes = 16;

}  // namespace

void KeptForms::shift(Duration step) {
  for (auto& one : kept_) one.until += step;
}

std::string KeptForms::keep(const std::string& user, Form form) {
  if (kept_.size() >= kMaxKept) kept_.pop_front();
  kept_.push_back({toHex(random_(kKeyBytes)), user, std::move(form), clock_.now() + kKept});
  return kept_.back().key;
}

std::size_t KeptForms::ticksOf(std::string_view key) const {
  const auto found =
      std::find_if(kept_.begin(), kept_.end(), [&](const Kept& one) { return one.key == key; });
  return found == kept_.end() || found->until <= clock_.now() ? 0 : found->form.all("entry").size();
}

std::optional<Form> KeptForms::take(std::string_view key, std::string_view user) {
  const auto found = std::find_if(kept_.begin(), kept_.end(),
                                  [&](const Kept& one) { return one.key == key && one.user == user; });
  if (found == kept_.end()) return std::nullopt;
  auto form = std::move(found->form);
  const bool isAlive = found->until > clock_.now();
  kept_.erase(found);
  return isAlive ? std::optional(std::move(form)) : std::nullopt;
}

}  // namespace arrivald::desk
