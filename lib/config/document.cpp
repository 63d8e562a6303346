#include "config/document.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <stdexcept>

#include "base/utf8.hpp"

namespace arrivald::config {
namespace {

Place placeOf(const YAML::Mark& mark) {
  if (mark.line < 0 || mark.column < 0) return {};
  return {mark.line + 1, mark.column + 1};
}

// Thrown to end the parsing, after the problem has been reported.
struct GiveUp : std::runtime_error {
  GiveUp() : std::runtime_error("given up") {}
};

// Builds the tree from yaml-cpp's events, so that limits are enforced before memory is used.
class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(Problems& problems) : problems_(problems) {}

  Node take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (std::exchange(begun_, true)) {
      problems_.add(placeOf(mark),
                    phrase("a second document begins here (a line of ---): expected only one"));
      throw GiveUp();
    }
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Node node;
    node.place = placeOf(mark);
    put(std::move(node), anchor);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    checkTag(mark, tag);
    Node node;
    node.kind = Node::Kind::scalar;
    node.place = placeOf(mark);
    node.text = value;
    put(std::move(node), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      problems_.add(placeOf(mark), phrase("this alias is inside its own anchor's value"));
      throw GiveUp();
    }
    put(Node(found->second), 0);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    begin(Node::Kind::list, mark, tag, anchor);
  }
  void OnSequenceEnd() override { end(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    begin(Node::Kind::mapping, mark, tag, anchor);
  }
  void OnMapEnd() override {
    mergeInto(open_.back().node);
    end();
  }

 private:
  struct Open {
    Node node;
    YAML::anchor_t anchor = 0;
    std::optional<Node> key;  // in a mapping: a key whose value has not been read yet
  };

  void checkTag(const YAML::Mark& mark, const std::string& tag) {
    for (const auto* known :
         {"", "?", "!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:int", "tag:yaml.org,2002:float",
          "tag:yaml.org,2002:bool", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map"})
      if (tag == known) return;
    problems_.add(placeOf(mark), phrase("a tag (!…) has no meaning here; remove it"));
  }

  void count(const Node& node, std::size_t depth) {
    if (depth > static_cast<std::size_t>(kMaxDepth)) {
      problems_.add(node.place, phrase("nested deeper than {} levels", kMaxDepth));
      throw GiveUp();
    }
    bytes_ += node.text.size();
    if (++values_ > kMaxValues || bytes_ > kMaxExpandedBytes) {
      problems_.add(node.place, phrase("too much, with all aliases followed: more than {} values or {} MiB",
                                       kMaxValues, kMaxExpandedBytes >> 20));
      throw GiveUp();
    }
    for (const auto& child : node.children) count(child, depth + 1);
  }

  void begin(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    checkTag(mark, tag);
    Open open;
    open.node.kind = kind;
    open.node.place = placeOf(mark);
    open.anchor = anchor;
    count(open.node, open_.size() + 1);
    open_.push_back(std::move(open));
  }
  void end() {
    auto done = std::move(open_.back());
    open_.pop_back();
    attach(std::move(done.node), done.anchor);
  }
  void put(Node node, YAML::anchor_t anchor) {
    count(node, open_.size() + 1);
    attach(std::move(node), anchor);
  }

  void attach(Node node, YAML::anchor_t anchor) {
    if (anchor != 0) anchors_.insert_or_assign(anchor, node);
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    auto& parent = open_.back();
    if (parent.node.kind == Node::Kind::list) {
      node.key.clear();
      parent.node.children.push_back(std::move(node));
    } else if (!parent.key) {
      parent.key = std::move(node);
    } else {
      addEntry(parent.node, *std::exchange(parent.key, std::nullopt), std::move(node));
    }
  }

  void addEntry(Node& mapping, const Node& key, Node value) {
    if (key.kind != Node::Kind::scalar) {
      problems_.add(key.place, phrase("a key has to be a single value, not {}", inWords(key.kind)));
      return;
    }
    if (value.kind == Node::Kind::nothing) value.place = key.place;
    value.key = key.text;
    value.keyPlace = key.place;
    const auto found = std::ranges::find(mapping.children, key.text, &Node::key);
    if (found != mapping.children.end()) {
      problems_.add(key.place, phrase("the key {} is listed twice; first in line {}", shown(key.text),
                                      found->keyPlace.line));
      return;
    }
    mapping.children.push_back(std::move(value));
  }

  // `<<: *base`: adds the entries of one or several other mappings, except for keys that are present.
  void mergeInto(Node& mapping) {
    const auto found = std::ranges::find(mapping.children, "<<", &Node::key);
    if (found == mapping.children.end()) return;
    const Node merged = std::move(*found);
    mapping.children.erase(found);
    std::vector<const Node*> sources;
    if (merged.kind == Node::Kind::list)
      for (const auto& item : merged.children) sources.push_back(&item);
    else
      sources.push_back(&merged);
    for (const auto* source : sources) {
      if (source->kind != Node::Kind::mapping) {
        problems_.add(merged.keyPlace,
                      phrase("<< merges the entries of a mapping: expected an alias of one"));
        continue;
      }
      for (const auto& entry : source->children)
        if (std::ranges::find(mapping.children, entry.key, &Node::key) == mapping.children.end())
          mapping.children.push_back(entry);
    }
  }

  Problems& problems_;
  Node root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Node> anchors_;
  std::size_t values_ = 0;
  std::size_t bytes_ = 0;
  bool begun_ = false;
};

std::string_view lineAt(std::string_view text, int line) {
  for (int i = 1; i < line; ++i) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find('\n'));
}

// The parser's message with its usual cause.
Phrase syntaxProblem(std::string_view text, Place place, const std::string& word) {
  const auto line = lineAt(text, place.line);
  const auto indentation = line.substr(0, std::min(line.find_first_not_of(" \t"), line.size()));
  Phrase cause;
  if (indentation.find('\t') != std::string_view::npos)
    cause = phrase(": tabs must not be used for indentation; use spaces");
  else if (word == YAML::ErrorMsg::MAP_VALUE)
    cause = phrase(": a second colon in a value; put the value in quotes, or check the indentation");
  else if (word == YAML::ErrorMsg::END_OF_MAP || word == YAML::ErrorMsg::END_OF_SEQ)
    cause = phrase(": check the indentation of this line");
  else if (word == YAML::ErrorMsg::END_OF_MAP_FLOW || word == YAML::ErrorMsg::END_OF_SEQ_FLOW)
    cause = phrase(": a { or [ is never closed");
  return phrase("not YAML ({}){}", looksSecret(word) ? std::string("unreadable") : oneLine(word, 120), cause);
}

std::optional<Place> firstNotUtf8(std::string_view text) {
  Place place{1, 1};
  while (true) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    if (!isUtf8(line)) return place;
    if (end == std::string_view::npos) return std::nullopt;
    text.remove_prefix(end + 1);
    ++place.line;
  }
}

}  // namespace

Phrase inWords(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::scalar:
      return phrase("a single value");
    case Node::Kind::list:
      return phrase("a list");
    case Node::Kind::mapping:
      return phrase("a mapping");
    case Node::Kind::nothing:
      break;
  }
  return phrase("nothing");
}

std::vector<const Node*> itemsOf(const Node& node) {
  if (node.kind == Node::Kind::scalar) return {&node};
  std::vector<const Node*> items;
  if (node.kind == Node::Kind::list)
    for (const auto& item : node.children) items.push_back(&item);
  return items;
}

std::optional<Node> parseDocument(std::string_view text, Problems& problems) {
  if (text.size() > kMaxConfigBytes) {
    problems.add({}, phrase("the file is larger than {} MiB", kMaxConfigBytes >> 20));
    return std::nullopt;
  }
  if (const auto place = firstNotUtf8(text)) {
    problems.add(*place, phrase("this line is not UTF-8; save the file as UTF-8"));
    return std::nullopt;
  }
  if (const auto at = text.find('\0'); at != std::string_view::npos) {
    const auto line = static_cast<int>(std::ranges::count(text.substr(0, at), '\n')) + 1;
    problems.add({line, 1}, phrase("this line contains a NUL byte: this is not a text file"));
    return std::nullopt;
  }
  Builder builder(problems);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& error) {
    const auto place = placeOf(error.mark);
    problems.add(place, syntaxProblem(text, place, error.msg));
    return std::nullopt;
  } catch (const GiveUp&) {
    return std::nullopt;
  }
  auto root = builder.take();
  if (root.kind == Node::Kind::nothing) {
    problems.add(
        {}, phrase("the file is empty: expected at least accounts and slack, see arrivald.example.yaml"));
    return std::nullopt;
  }
  if (root.kind != Node::Kind::mapping) {
    problems.add(root.place, phrase("expected a mapping (key: value), found {}", inWords(root.kind)));
    return std::nullopt;
  }
  return root;
}

}  // namespace arrivald::config
