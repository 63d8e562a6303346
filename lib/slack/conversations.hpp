// Conversations: which message of a Slack channel each incident has, so that it is edited and its news form a
// thread below it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace arrivald::slack {

/// The message of a conversation.
struct Opening {
  std::string room;       ///< the id of Slack's channel: "C0123456789"
  std::string timestamp;  ///< the id of the message there
  std::string payload;    ///< as it stands there, without what a remark added
  friend bool operator==(const Opening&, const Opening&) = default;
};

/// Loop thread only.
class Conversations {
 public:
  Conversations() = default;
  Conversations(const Conversations&) = delete;
  Conversations& operator=(const Conversations&) = delete;
  virtual ~Conversations();

  /// `channel`: by its name in the YAML. Nothing if there is none, or it cannot be read: then the news is
  /// posted by itself.
  virtual std::optional<Opening> find(std::string_view channel, std::string_view conversation) = 0;
  /// Replaces what was kept. Kept in memory at least.
  virtual void keep(std::string_view channel, std::string_view conversation, const Opening& opening) = 0;
};

/// In memory only.
class RememberedConversations final : public Conversations {
 public:
  std::optional<Opening> find(std::string_view channel, std::string_view conversation) override;
  void keep(std::string_view channel, std::string_view conversation, const Opening& opening) override;

  using Key = std::pair<std::string, std::string>;  ///< channel, conversation
  const std::map<Key, Opening>& all() const { return openings_; }
  void clear() { openings_.clear(); }

 private:
  std::map<Key, Opening> openings_;
};

}  // namespace arrivald::slack
