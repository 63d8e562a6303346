// as lib/watch/coroutines_bad.cpp
// Not compiled. Shapes that some compiler gets wrong, or nearly so.
Task<> bad() {
  if (co_await ready()) go();                                  // bad coroutines
  if (const auto x = co_await ready(); x) go();                // bad coroutines
  while (co_await more()) go();                                // bad coroutines
  switch (co_await kind()) {                                   // bad coroutines
    default: break;
  }
  for (auto x = co_await first(); x; x = next()) go();         // bad coroutines
  const auto a = flag ? co_await one() : 2;                    // bad coroutines
  const auto b = co_await one(flag ? 1 : 2);                   // bad coroutines
  const auto c = flag ? 1 : co_await two();                    // bad coroutines
  co_await call(Request{"GET", url});                          // bad coroutines
  co_await call({url, 1});                                     // bad coroutines
  co_await call(a, http::Request{.url = url});                 // bad coroutines
  co_await Request{url};                                       // bad coroutines
  auto d = Answer{co_await one(), 2};                          // bad coroutines
  auto e = Answer{.first = co_await one(), .second = 2};       // bad coroutines
  co_return Answer{co_await one()};                            // bad coroutines
  co_await call([&] { return 1; });                            // bad coroutines
  co_await call(a, [this](int x) { return x; });               // bad coroutines
  co_await [] { return one(); }();                             // bad coroutines
  co_spawn(co_await executor(), [a] { return run(a); }, done); // bad coroutines bad spawning
  use(co_await one());                                         // bad coroutines
  const auto f = (co_await one()).value();                     // bad coroutines
  const auto g = co_await one() + 1;                           // bad coroutines
  const auto h = 1 + co_await one();                           // bad coroutines
  total += co_await one();                                     // bad coroutines
  co_return !co_await one();                                   // bad coroutines
  co_return 1 + co_await one();                                // bad coroutines
  co_await one(co_await two());                                // bad coroutines
  x = co_await one(), y = 2;                                   // bad coroutines
  std::vector<int> all = {co_await one(), co_await two()};     // bad coroutines
  static_cast<void>(co_await one());                           // bad coroutines
  CHECK(co_await one());                                       // bad coroutines
  co_await (one() && two());                                   // bad coroutines
  list[0].x = co_await (*pointer).one();                       // bad coroutines
  co_await                                                     // bad coroutines
      call(a,
           Request{url});
}
Task<> withDefault(Options options = {}) { co_return; }        // bad coroutines
Task<int> named(int a, Options options = Options{1}) { co_return 1; }  // bad coroutines
