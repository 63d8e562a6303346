// as lib/watch/fences.cpp
#include <sqlite3.h>                        // bad fences
#include <yaml-cpp/yaml.h>                  // bad fences
#include <prometheus/registry.h>            // bad fences
#include <boost/beast/http.hpp>             // bad fences
#include <boost/beast.hpp>                  // bad fences
#include <boost/asio/ssl/stream.hpp>        // bad fences
#include <boost/asio/ssl.hpp>               // bad fences
  #  include <date/tz.h>                    // bad fences
#include <systemd/sd-daemon.h>              // bad fences
#include <boost/asio/steady_timer.hpp>
#include <spdlog/spdlog.h>
#include "http/message.hpp"
void start() { boost::asio::co_spawn(io, run(), boost::asio::detached); }  // bad spawning
