#include "watch/unsaved_outbox.hpp"

#include <algorithm>

namespace arrivald::watch {

namespace {

bool isOf(const UnsavedOutbox::Entry& entry, std::string_view change, std::string_view channel) {
  return entry.notification.change == change && entry.notification.channel == channel;
}

}  // namespace

UnsavedOutbox::Entry* UnsavedOutbox::at(std::string_view change, std::string_view channel) {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return isOf(entry, change, channel); });
  return found == entries_.end() ? nullptr : &*found;
}

const UnsavedOutbox::Entry* UnsavedOutbox::find(std::string_view change, std::string_view channel) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return isOf(entry, change, channel); });
  return found == entries_.end() ? nullptr : &*found;
}

bool UnsavedOutbox::put(store::QueuedNotification notification) {
  if (at(notification.change, notification.channel)) return false;
  if (entries_.size() >= kMax) {
    const auto finished = std::find_if(entries_.begin(), entries_.end(),
                                       [](const Entry& entry) { return entry.state != State::waiting; });
    if (finished == entries_.end()) return false;
    entries_.erase(finished);
  }
  Entry entry;
  entry.notification = std::move(notification);
  entries_.push_back(std::move(entry));
  return true;
}

void UnsavedOutbox::update(Entry entry) {
  if (auto* known = at(entry.notification.change, entry.notification.channel))
    *known = std::move(entry);
  else
    entries_.push_back(std::move(entry));
}

void UnsavedOutbox::forget(std::string_view change, std::string_view channel) {
  std::erase_if(entries_, [&](const Entry& entry) { return isOf(entry, change, channel); });
}

const UnsavedOutbox::Entry* UnsavedOutbox::next(std::string_view channel) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return entry.notification.channel == channel && entry.notification.id == 0 &&
           entry.state == State::waiting;
  });
  return found == entries_.end() ? nullptr : &*found;
}

void UnsavedOutbox::retain(const std::vector<std::string>& channels) {
  std::erase_if(entries_, [&](const Entry& entry) {
    return std::find(channels.begin(), channels.end(), entry.notification.channel) == channels.end();
  });
}

void UnsavedOutbox::shift(Duration step) {
  for (auto& entry : entries_) {
    entry.notification.created += step;
    entry.notification.tryingSince += step;
    entry.notification.nextAttempt += step;
    entry.finished += step;
  }
}

void UnsavedOutbox::store(store::OutboxTable& table) const {
  for (const auto& entry : entries_) {
    const auto& known = entry.notification;
    auto id = known.id;
    if (id == 0) {
      table.put(known.change, known.channel, known.notification, known.created);
      id = table.find(known.change, known.channel).value_or(0);
    }
    switch (entry.state) {
      case State::waiting:
        if (known.attempts > 0) table.tryAgain(id, known.nextAttempt, known.outcome);
        break;
      case State::delivered:
        table.delivered(id, entry.finished, known.outcome);
        break;
      case State::undeliverable:
        table.undeliverable(id, entry.finished, known.outcome);
        break;
      case State::closed:
        table.closeOne(id, entry.finished, known.outcome);
        break;
    }
  }
}

}  // namespace arrivald::watch
