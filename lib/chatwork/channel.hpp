// RoomChannel: a room of Chatwork, by the token of a member.
#pragma once

#include <string>
#include <vector>

#include "base/secret.hpp"
#include "channel/channel.hpp"
#include "http/transport.hpp"

namespace arrivald::chatwork {

struct RoomOptions {
  std::string name;
  Language language = Language::japanese;
  Secret token;
  std::string room;                   ///< a number
  std::vector<std::string> mentions;  ///< see messageOf()
  std::string url = "https://api.chatwork.com/v2";
};

/// Resource. Loop thread only.
class RoomChannel final : public channel::Channel {
 public:
  /// `transport` must outlive the channel.
  RoomChannel(http::Transport& transport, RoomOptions options)
      : transport_(transport), options_(std::move(options)) {}

  const std::string& name() const override { return options_.name; }
  Language language() const override { return options_.language; }
  /// Ten messages in ten seconds are taken for a room.
  Duration pace() const override { return std::chrono::milliseconds(1100); }
  runtime::Task<Done> deliver(const notify::Notification& notification) override;

 private:
  http::Transport& transport_;
  RoomOptions options_;
};

}  // namespace arrivald::chatwork
