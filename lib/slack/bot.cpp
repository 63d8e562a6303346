#include "slack/bot.hpp"

#include "channel/answer.hpp"
#include "slack/render.hpp"
#include "slack/web_api.hpp"
#include "slack/webhook.hpp"

namespace arrivald::slack {

std::string conversationOf(const notify::Notification& notification) {
  const auto& about = notification.about;
  if (!about || !notification.members.empty()) return {};
  if (about->incidents.size() == 1) return about->conversation;
  // Of an alert by itself: "stall@main#1764046800000.1" without what follows the dot.
  const auto& id = notification.id;
  const auto episode = id.rfind('#');
  const auto dot = episode == std::string::npos ? episode : id.find('.', episode);
  return dot == std::string::npos ? std::string() : id.substr(0, dot);
}

namespace {

// Repeating the request does not help.
bool isForGood(const Error& error) { return error.party == Party::configuration; }

}  // namespace

Duration BotChannel::pace() const { return std::chrono::milliseconds(1100); }

runtime::Task<Done> BotChannel::deliver(const notify::Notification& notification) {
  const auto conversation = conversationOf(notification);
  std::optional<Opening> opening;
  if (!conversation.empty()) opening = conversations_.find(options_.name, conversation);
  // The YAML may name another channel by now.
  if (!opening || opening->room != options_.room) {
    auto opened = co_await open(notification, conversation);
    co_return opened;
  }
  if (edited_ != notification.id) {
    auto edited = co_await edit(notification, conversation, *opening);
    if (edited.ok())
      edited_ = notification.id;
    else if (isForGood(edited.error()))
      opening.reset();
    else
      co_return edited;
  }
  if (opening) {
    auto answered = co_await answerBelow(notification, *opening);
    if (answered.ok() || !isForGood(answered.error())) co_return answered;
  }
  // The message is gone or may not be edited, or its thread is closed: the channel may take it all the same.
  auto opened = co_await open(notification, conversation);
  co_return opened;
}

runtime::Task<Done> BotChannel::open(const notify::Notification& notification,
                                     const std::string& conversation) {
  auto payload = render(notification, options_.mentions);
  auto body = inChannel(payload, options_.room);
  auto posted = co_await call("chat.postMessage", body);
  if (!posted && refusesBlocks(posted.error())) {
    payload = renderPlain(notification, options_.mentions);
    body = inChannel(payload, options_.room);
    posted = co_await call("chat.postMessage", body);
  }
  if (!posted) co_return posted.error();
  const bool remark = notification.about && notification.about->remark;
  // News that come later need a message that tells the whole.
  if (!conversation.empty() && !remark) {
    const auto quiet = render(notification, {});
    conversations_.keep(options_.name, conversation, {options_.room, *posted, quiet});
  }
  co_return done();
}

runtime::Task<Done> BotChannel::edit(const notify::Notification& notification,
                                     const std::string& conversation, Opening opening) {
  const bool remark = notification.about && notification.about->remark;
  // Without mentions: an edit rings nobody anyway.
  if (!remark) opening.payload = render(notification, {});
  const auto shown = remark ? withRemark(opening.payload, notification) : opening.payload;
  auto body = editOf(shown, opening.room, opening.timestamp);
  auto edited = co_await call("chat.update", body);
  // A remark is in the thread anyway.
  if (!edited && remark && refusesBlocks(edited.error())) co_return done();
  if (!edited && refusesBlocks(edited.error())) {
    body = editOf(renderPlain(notification, {}), opening.room, opening.timestamp);
    edited = co_await call("chat.update", body);
  }
  if (!edited) co_return edited.error();
  conversations_.keep(options_.name, conversation, opening);
  co_return done();
}

runtime::Task<Done> BotChannel::answerBelow(const notify::Notification& notification,
                                            const Opening& opening) {
  // Whoever has to act sees it in the channel; other news stay in the thread.
  const auto reach = notification.mention ? Reach::channelToo : Reach::threadOnly;
  auto body = below(renderShort(notification, options_.mentions), opening.room, opening.timestamp, reach);
  auto posted = co_await call("chat.postMessage", body);
  if (!posted && refusesBlocks(posted.error())) {
    body = below(renderPlain(notification, options_.mentions), opening.room, opening.timestamp, reach);
    posted = co_await call("chat.postMessage", body);
  }
  if (!posted) co_return posted.error();
  co_return done();
}

runtime::Task<Result<std::string>> BotChannel::call(std::string method, std::string body) {
  const auto token = options_.token.reveal();
  http::Request request;
  request.method = "POST";
  request.url = options_.url + "/" + method;
  request.headers.add("Authorization", "Bearer " + std::string(token));
  request.headers.add("Content-Type", "application/json; charset=utf-8");
  request.body = std::move(body);
  constexpr std::size_t kMaxAnswer = 256 * 1024;  // it repeats the message
  request.limits.bodyBytes = kMaxAnswer;
  auto answer = co_await transport_.send(std::move(request));
  if (!answer) co_return channel::failedRequest(answer.error(), token);
  co_return timestampOf(std::move(*answer), token);
}

}  // namespace arrivald::slack
