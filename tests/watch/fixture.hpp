// What a daemon remembers, over a store in a temporary folder.
#pragma once

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "metrics/registry.hpp"
#include "store/database.hpp"
#include "support/manual_clock.hpp"
#include "watch/owners.hpp"

namespace arrivald::testing {

/// As Daemon puts it together, read back from the store; nothing is retained yet.
struct Memory {
  Memory(boost::asio::io_context& io, ManualClock& clock, const std::string& path)
      : registry(clock, "test", metrics::CardinalityLimits{}),
        database(store::Database::open(path).value()),
        health(clock, registry),
        owners({io.get_executor(), *database, clock, registry, health, clock.now()}) {
    REQUIRE(owners.load());
  }

  metrics::Registry registry;
  std::unique_ptr<store::Database> database;
  watch::StoreHealth health;
  watch::Owners owners;
};

}  // namespace arrivald::testing
