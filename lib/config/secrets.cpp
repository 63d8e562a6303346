#include <fmt/format.h>

#include <algorithm>

#include "config/sections.hpp"

namespace arrivald::config {
namespace {

constexpr std::size_t kMaxSecretBytes = 8 * 1024;

std::string withoutBlanks(std::string_view text) {
  constexpr auto kBlank = " \t\r\n";
  const auto begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(kBlank) - begin + 1));
}

bool isVariable(std::string_view text) {
  return !text.empty() && text.size() <= 128 && !(text[0] >= '0' && text[0] <= '9') &&
         std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
         });
}

struct Source {
  std::string key;   // "file", "environment" or "credential": where problems are reported
  std::string path;  // of a file; empty: `variable` is used
  std::string variable;
};

// Where systemd has a credential from, by convention: beside the configuration, or, of a folder of secrets
// with the id "s", in one whose name or id stands in front of the first underscore.
std::vector<std::string> sourcesOf(const std::string& folder, const std::string& credential) {
  std::vector<std::string> sources{folder + credential};
  const auto underscore = credential.find('_');
  if (underscore == std::string::npos) return sources;
  const auto name = credential.substr(underscore + 1);
  sources.push_back(folder + credential.substr(0, underscore) + "/" + name);
  sources.push_back(folder + "secrets/" + name);
  return sources;
}

// systemd copies credentials only when the unit starts, so a reload would read the old one again.
void warnOfNewerCredential(Reader& reader, const std::string& credential, const std::string& handedOver) {
  const auto& environment = reader.context().environment;
  if (!environment.modifiedAt || environment.folder.empty()) return;
  const auto given = environment.modifiedAt(handedOver);
  for (const auto& source : sourcesOf(environment.folder, credential)) {
    const auto written = environment.modifiedAt(source);
    if (source == handedOver || !written || !given || *written <= *given) continue;
    reader.warning("credential",
                   phrase("{} is newer than the copy that systemd made when arrivald started; a reload "
                          "does not read it: systemctl restart arrivald",
                          shown(source)));
    return;
  }
}

// A credential of which systemd hands over nothing here: read where systemd has it from, if that is known.
std::optional<Source> credentialWithoutFolder(Reader& reader, const std::string& credential) {
  const auto& environment = reader.context().environment;
  const auto kept = environment.credentialsComeLater && environment.credentialSource
                        ? environment.credentialSource(credential)
                        : std::nullopt;
  if (kept && environment.readFile(*kept)) return Source{"credential", *kept, ""};
  if (kept)
    reader.warning("credential", phrase("not checked, since this user may not read {}; to check it too: sudo "
                                        "arrivald check",
                                        shown(*kept)));
  else if (environment.credentialsComeLater)
    reader.warning("credential",
                   phrase("not checked, since only systemd provides credentials; to check it too: sudo "
                          "CREDENTIALS_DIRECTORY=/etc/arrivald arrivald check"));
  else
    reader.problem(
        "credential",
        phrase(
            "there is no $CREDENTIALS_DIRECTORY: systemd sets it for a unit with LoadCredential=; elsewhere "
            "use file or environment"));
  return std::nullopt;
}

// The source of the secret; empty, and reported, if the YAML does not name one.
std::optional<Source> sourceOf(Reader& reader, SecretValue& target, const Node& node) {
  std::string file, variable, credential;
  reader.text("file", file, 4096);
  reader.text("environment", variable);
  reader.text("credential", credential);
  const int given = reader.has("file") + reader.has("environment") + reader.has("credential");
  if (given != 1) {
    reader.context().problems.add(
        node.place, phrase("{}: give exactly one of file, environment and credential", reader.path()));
    return std::nullopt;
  }
  // If the secret itself was written in place of its source, it must not appear in the message.
  for (const auto& [key, value] :
       {std::pair("file", &file), std::pair("environment", &variable), std::pair("credential", &credential)})
    if (looksSecret(*value)) {
      reader.problem(key, phrase("expected where the secret is, found what looks like the secret itself"));
      return std::nullopt;
    }
  const auto& environment = reader.context().environment;
  if (!variable.empty()) {
    if (!isVariable(variable)) {
      reader.problem("environment",
                     phrase("expected a variable's name such as SENDGRID_API_KEY (letters, digits, _)"));
      return std::nullopt;
    }
    target.place = "environment variable " + variable;
    return Source{"environment", "", variable};
  }
  if (!file.empty()) {
    target.place = "file " + file;
    return Source{"file", file, ""};
  }
  if (credential.empty()) return std::nullopt;  // reported by text()
  if (!isName(credential)) {
    reader.problem("credential",
                   phrase("expected a name such as sendgrid-key (letters, digits, -, _ and .)"));
    return std::nullopt;
  }
  target.place = "credential " + credential;
  const auto folder = environment.variable("CREDENTIALS_DIRECTORY");
  if (folder && !folder->empty()) {
    warnOfNewerCredential(reader, credential, *folder + "/" + credential);
    return Source{"credential", *folder + "/" + credential, ""};
  }
  return credentialWithoutFolder(reader, credential);
}

// For those who compare the file with what hands its secrets over.
void keepSource(Reader& parent, std::string_view key, Reader& source, const std::string& place) {
  if (place.empty()) return;
  const auto* name = source.find(place.substr(0, place.find(' ')));
  const auto at = name ? name->place : source.place();
  parent.context().sources.push_back({parent.pathOf(key), place, at.line, at.column});
}

}  // namespace

NamedFile readNamedFile(Reader& parent, std::string_view key) {
  NamedFile file;
  const auto* node = parent.find(key);
  if (!node || node->kind != Node::Kind::mapping) {
    parent.text(key, file.path, 4096);
    return file;
  }
  Reader reader(*node, parent.pathOf(key), parent.context());
  SecretValue read;
  const auto source = sourceOf(reader, read, *node);
  reader.finish();
  keepSource(parent, key, reader, read.place);
  if (source && source->path.empty()) {
    reader.problem(source->key, phrase("expected a file: {file: /path} or {credential: NAME}"));
    return file;
  }
  if (source) {
    file.path = source->path;
    return file;
  }
  constexpr std::string_view kCredential = "credential ";
  if (!read.place.starts_with(kCredential)) return file;
  const auto name = read.place.substr(kCredential.size());
  const auto& environment = parent.context().environment;
  const auto kept = environment.credentialSource ? environment.credentialSource(name) : std::nullopt;
  file.path = kept.value_or("/run/credentials/arrivald.service/" + name);
  file.isGuess = true;
  return file;
}

bool readSecret(Reader& parent, std::string_view key, SecretValue& target, const Phrase& what) {
  const auto* node = parent.find(key);
  if (!node) return false;
  if (node->kind != Node::Kind::mapping) {
    // The value is not shown in the message: it may be the secret.
    parent.problem(key, phrase("{} does not belong in this file; write {}: {file: /path}, {environment: "
                               "NAME} or {credential: NAME}",
                               what, key));
    return false;
  }
  Reader reader(*node, parent.pathOf(key), parent.context());
  SecretValue read;
  const auto source = sourceOf(reader, read, *node);
  reader.finish();
  // The place is set even if the secret cannot be read, for `arrivald check`.
  target.place = read.place;
  keepSource(parent, key, reader, read.place);
  if (!source) return false;

  const auto& environment = parent.context().environment;
  Secret content;
  if (source->path.empty()) {
    auto value = environment.variable(source->variable);
    if (!value) {
      reader.problem(source->key, phrase("the variable {} is not set", source->variable));
      return false;
    }
    content = Secret(std::move(*value));
  } else {
    auto value = environment.readFile(source->path);
    if (!value) {
      reader.problem(source->key, phrase("{} cannot be read: {}", inWords(read), value.error().said()));
      return false;
    }
    content = Secret(std::move(*value));
    if (source->key == "file" && environment.worldReadable && environment.worldReadable(source->path))
      reader.warning(source->key, phrase("{} is readable by all users of this machine; chmod 600 it",
                                         shown(source->path)));
  }
  content = Secret(withoutBlanks(content.reveal()));
  if (content.empty()) {
    reader.problem(source->key, phrase("{} is empty: expected {}", inWords(read), what));
    return false;
  }
  if (content.reveal().size() > kMaxSecretBytes || std::ranges::any_of(content.reveal(), [](char c) {
        return static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7F;
      })) {
    reader.problem(source->key, phrase("{} holds more than one line of plain characters: is that {}?",
                                       inWords(read), what));
    return false;
  }
  target.secret = std::move(content);
  return true;
}

void refuseInlineSecrets(const Node& root, Context& context) {
  const auto refuse = [&](const std::string& text, Place place) {
    if (looksSecret(text) && !context.problems.wrongAt(place))
      context.problems.add(
          place,
          phrase("this looks like a secret; it does not belong in this file but in a file of its own, an "
                 "environment variable or a credential"));
  };
  for (const auto& child : root.children) {
    refuse(child.key, child.keyPlace);
    refuse(child.text, child.place);
    refuseInlineSecrets(child, context);
  }
}

}  // namespace arrivald::config
