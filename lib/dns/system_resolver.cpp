#include "dns/system_resolver.hpp"

#include <ares.h>
#include <arpa/nameser.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <utility>

#include "runtime/wakeup.hpp"

namespace arrivald::dns {

namespace asio = boost::asio;

namespace {

// A record set beyond this is none that anybody publishes on purpose.
constexpr std::size_t kMaxTexts = 64;
constexpr std::size_t kMaxTextBytes = 4096;
// The library's own time-outs are looked at so often while anything is asked.
constexpr std::chrono::milliseconds kTick{100};
constexpr Duration kPatience = std::chrono::minutes(2);

Answer unknown(int status) {
  Answer answer;
  answer.why = status == ARES_ETIMEOUT ? "time-out" : ares_strerror(status);
  return answer;
}

Answer parsed(const unsigned char* bytes, int length) {
  ares_txt_ext* records = nullptr;
  const int status = ares_parse_txt_reply_ext(bytes, length, &records);
  if (status == ARES_ENODATA || status == ARES_ENOTFOUND) return {.state = Answer::State::none};
  if (status != ARES_SUCCESS) return unknown(status);
  Answer answer{.state = Answer::State::found};
  for (const auto* one = records; one != nullptr; one = one->next) {
    if (one->record_start != 0) {
      if (answer.texts.size() == kMaxTexts) break;
      answer.texts.emplace_back();
    }
    if (answer.texts.empty()) continue;
    auto& text = answer.texts.back();
    const std::string_view part(reinterpret_cast<const char*>(one->txt), one->length);
    text.append(part.substr(0, kMaxTextBytes - std::min(kMaxTextBytes, text.size())));
  }
  ares_free_data(records);
  if (answer.texts.empty()) answer.state = Answer::State::none;
  return answer;
}

// One question; shared with the library, which answers it once.
struct Question {
  std::optional<Answer> answer;
  runtime::Wakeup answered;
};

void takeAnswer(void* of, int status, int, unsigned char* bytes, int length) {
  const std::unique_ptr<std::shared_ptr<Question>> held(static_cast<std::shared_ptr<Question>*>(of));
  auto& question = **held;
  if (status == ARES_SUCCESS)
    question.answer = parsed(bytes, length);
  else if (status == ARES_ENODATA || status == ARES_ENOTFOUND)
    question.answer = Answer{.state = Answer::State::none};
  else
    question.answer = unknown(status);
  question.answered.wake();
}

}  // namespace

/// The library opens and closes its sockets; Asio only says when there is something to read or room to write.
struct SystemResolver::State : std::enable_shared_from_this<State> {
  State(asio::any_io_executor on, const Options& options) : executor(std::move(on)), timer(executor) {
    ares_library_init(ARES_LIB_INIT_ALL);
    ares_options wanted{};
    wanted.timeout = static_cast<int>(options.timeout.count());
    wanted.tries = options.tries;
    wanted.flags = ARES_FLAG_NOALIASES;
    wanted.sock_state_cb = &State::socketChanged;
    wanted.sock_state_cb_data = this;
    const int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_FLAGS | ARES_OPT_SOCK_STATE_CB;
    status = ares_init_options(&channel, &wanted, mask);
    if (status == ARES_SUCCESS && !options.servers.empty())
      status = ares_set_servers_ports_csv(channel, options.servers.c_str());
  }
  ~State() {
    if (channel != nullptr) ares_destroy(channel);
    ares_library_cleanup();
  }

  // Ends all questions, while waiting handlers may still hold this.
  void close() {
    closed = true;
    timer.cancel();
    if (channel != nullptr) ares_cancel(channel);
    for (auto& [fd, socket] : sockets) socket->release();
    sockets.clear();
  }

  static void socketChanged(void* of, ares_socket_t fd, int reads, int writes) {
    static_cast<State*>(of)->watch(fd, reads != 0, writes != 0);
  }

  void watch(ares_socket_t fd, bool reads, bool writes) {
    if (!reads && !writes) {
      // The library closes it next.
      if (const auto known = sockets.find(fd); known != sockets.end()) {
        known->second->release();
        sockets.erase(known);
      }
      return;
    }
    auto& socket = sockets[fd];
    if (!socket) socket = std::make_shared<asio::posix::stream_descriptor>(executor, fd);
    if (reads) wait(fd, socket, asio::posix::stream_descriptor::wait_read);
    if (writes) wait(fd, socket, asio::posix::stream_descriptor::wait_write);
  }

  using Socket = std::shared_ptr<asio::posix::stream_descriptor>;
  void wait(ares_socket_t fd, const Socket& socket, asio::posix::stream_descriptor::wait_type what) {
    socket->async_wait(what, [self = shared_from_this(), fd, socket, what](const auto& error) {
      const auto known = self->sockets.find(fd);
      if (error || self->closed || known == self->sockets.end() || known->second != socket) return;
      const bool reads = what == asio::posix::stream_descriptor::wait_read;
      ares_process_fd(self->channel, reads ? fd : ARES_SOCKET_BAD, reads ? ARES_SOCKET_BAD : fd);
      const auto still = self->sockets.find(fd);
      if (reads && still != self->sockets.end() && still->second == socket) self->wait(fd, socket, what);
    });
  }

  void tick() {
    if (ticks || closed) return;
    ticks = true;
    timer.expires_after(kTick);
    timer.async_wait([self = shared_from_this()](const auto& error) {
      self->ticks = false;
      if (error || self->closed) return;
      ares_process_fd(self->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
      timeval left{};
      if (ares_timeout(self->channel, nullptr, &left) != nullptr) self->tick();
    });
  }

  asio::any_io_executor executor;
  asio::steady_timer timer;
  ares_channel channel = nullptr;
  int status = ARES_SUCCESS;
  std::map<ares_socket_t, Socket> sockets;
  bool ticks = false;
  bool closed = false;
};

SystemResolver::SystemResolver(asio::any_io_executor executor, Clock& clock, Options options)
    : state_(std::make_shared<State>(std::move(executor), options)), clock_(clock) {}

SystemResolver::~SystemResolver() { state_->close(); }

runtime::Task<Answer> SystemResolver::texts(std::string name) {
  const auto state = state_;
  if (state->status != ARES_SUCCESS || state->closed) co_return unknown(state->status);
  const auto question = std::make_shared<Question>();
  auto held = std::make_unique<std::shared_ptr<Question>>(question);
  ares_query(state->channel, name.c_str(), ns_c_in, ns_t_txt, takeAnswer, held.release());
  state->tick();
  const auto until = clock_.sinceBoot() + kPatience;
  while (!question->answer && clock_.sinceBoot() < until) co_await question->answered.wait(clock_, kPatience);
  if (!question->answer) co_return unknown(ARES_ETIMEOUT);
  co_return std::move(*question->answer);
}

}  // namespace arrivald::dns
