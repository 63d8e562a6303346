// as lib/watch/coroutines_good.cpp
// Not compiled. The four forms, as they stand in real code.
Task<> good() {
  co_await one();
  co_await this->one(a, std::move(b), 1, "text with co_await { ? [ in it", two(c));
  co_await std::move(task);
  co_await asio::this_coro::throw_if_cancelled(false);
  auto x = co_await one();
  const auto y = co_await one();
  auto [error, count] = co_await socket.async_read_some(room, kAsTuple);
  const asio::any_io_executor on = co_await asio::this_coro::executor;
  std::optional<Result<int, Failure>> z = co_await asked.front().one(a);
  x = co_await one();
  entry->value = co_await state_->one<Response>(a, b - c);
  list[0].x = co_await pointer->template one<A<int>, B>(a)[1].two(b);
  if (ready) co_await one();
  if (ready(a, (b + c))) x = co_await one();
  else co_await two();
  for (auto now = clock.now(); now < due; now = clock.now()) co_await waitOnce(clock, due - now);
  for (const auto& entry : entries) {
    co_await entry.one();
  }
  while (more()) co_await one();
  do co_await one();
  while (more());
  switch (kind) {
    case Kind::first: co_await one();
    default: co_await two();
  }
  const auto text = flag ? "a" : "b";
  const auto found = 10'000 + '?' + 1'0;
  auto inner = [](Clock& by) -> Task<> { co_await sleepFor(by, kSpan); };
  group.spawn("name", [](Clock& by) -> Task<> {
    co_await sleepFor(by, kSpan);
    co_return;
  }(clock));
  // co_await {one()} in a comment
  /* if (co_await one()) */
  try {
    co_await one();
  } catch (const std::exception& problem) {
  }
  co_return co_await one(a, std::move(b));
}
Task<> withDefault(Duration span = kSpan, int count = 3);
