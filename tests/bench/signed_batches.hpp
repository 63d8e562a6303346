// signed_batches: realistic batches of the event stream, some 500 bytes an event.
#pragma once

#include <fmt/format.h>
#include <string>

#include "base/instant.hpp"
#include "simulator/event_signer.hpp"

namespace arrivald::bench {

inline constexpr const char* kTimestamp = "1700000000";

/// Each mail is processed and, in the next event, delivered. `serial` goes on from batch to batch.
inline std::string batchOf(std::size_t events, std::size_t& serial, Instant now) {
  std::string body = "[";
  for (std::size_t i = 0; i < events; ++i, ++serial) {
    if (i > 0) body += ",\r\n";
    const auto message = serial / 2;
    body += fmt::format(
        R"({{"email":"citizen{}@{}","timestamp":{},"smtp-id":"<{}@ismtpd0039p1iad1.sendgrid.net>","event":"{}","category":["notice","town-{}"],"sg_event_id":"ZXZlbnQt{}LTE5OTQyMTEyLXFOd0JfTkhTdE9HaFE0a29mU20","sg_message_id":"LRzXl_NHStOGhQ4kofSm{}.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0","response":"250 2.0.0 OK 1600112502 a12si1234567qkb.123 - gsmtp","ip":"192.0.2.7","tls":1,"tenant":"town-office-{}"}})",
        message,
        message % 3 == 0   ? "gmail.com"
        : message % 3 == 1 ? "docomo.ne.jp"
                           : "ezweb.ne.jp",
        unixSeconds(now) - 10, serial, serial % 2 == 0 ? "processed" : "delivered", message % 7, serial,
        message, message % 50);
  }
  return body + "]\r\n";
}

}  // namespace arrivald::bench
