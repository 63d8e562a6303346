// BotChannel: a channel of Slack by an app's bot token (scope chat:write). Each incident is one message
// there, edited as the incident goes on, with its news in the thread below.
#pragma once

#include <string>
#include <vector>

#include "base/secret.hpp"
#include "channel/channel.hpp"
#include "http/transport.hpp"
#include "slack/conversations.hpp"

namespace arrivald::slack {

struct BotOptions {
  std::string name;
  Language language = Language::japanese;
  Secret token;                       ///< xoxb-…
  std::string room;                   ///< the id of the channel, which the app was invited to: C…, G…
  std::vector<std::string> mentions;  ///< see render()
  std::string url = "https://slack.com/api";
};

/// What the notifications of one conversation share: of an incident its number, of an alert by itself its
/// episode. Empty for others, groups among them. Pure.
std::string conversationOf(const notify::Notification& notification);

/// Resource. Loop thread only.
class BotChannel final : public channel::Channel {
 public:
  /// `transport` and `conversations` must outlive the channel.
  BotChannel(http::Transport& transport, Conversations& conversations, BotOptions options)
      : transport_(transport), conversations_(conversations), options_(std::move(options)) {}

  const std::string& name() const override { return options_.name; }
  Language language() const override { return options_.language; }
  /// One message a second is taken for a channel; of a conversation each news is an edit and a message.
  Duration pace() const override;
  /// Posts the first notification of a conversation. A later one replaces the text of that message, which
  /// rings nobody, and is posted below it; shown in the channel as well if it mentions people. Where the
  /// message cannot be edited any more, or its thread takes nothing, it is posted anew. An attempt that
  /// failed in between may be repeated: what Slack has confirmed of it is not asked for again.
  runtime::Task<Done> deliver(const notify::Notification& notification) override;

 private:
  runtime::Task<Done> open(const notify::Notification& notification, const std::string& conversation);
  runtime::Task<Done> edit(const notify::Notification& notification, const std::string& conversation,
                           Opening opening);
  runtime::Task<Done> answerBelow(const notify::Notification& notification, const Opening& opening);
  runtime::Task<Result<std::string>> call(std::string method, std::string body);

  http::Transport& transport_;
  Conversations& conversations_;
  BotOptions options_;
  std::string edited_;  // the id of the notification that the last edit shows
};

}  // namespace arrivald::slack
