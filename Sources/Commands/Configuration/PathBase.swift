import Reading

/// What a path is read against: relative ones start at a folder; `~` is the home folder; `${NAME}` a variable.
struct PathBase: Sendable {
  let folder: String
  let home: String
  /// `nil` where a shell has done it already: a `$` on the command line is meant.
  let variables: [String: String]?

  func absolute(_ text: String) throws(SettingProblem) -> String {
    guard !text.isEmpty else { throw SettingProblem("is empty") }
    guard PathText.isPlain(text), PathText.isPlain(folder) || text.hasPrefix("/") else {
      let name = PathText.shown(PathText.isPlain(text) ? folder : text)
      throw SettingProblem("is in \(name), a name that is not UTF-8: only logs may have such names")
    }
    var path = try expanded(text)
    if path == "~" || path.hasPrefix("~/") { path = home + path.dropFirst() }
    if path.hasPrefix("~") { throw SettingProblem("is \"\(text)\"; write another user's home folder in full") }
    if path.hasPrefix("/") { return path }
    while path.hasPrefix("./") { path.removeFirst(2) }
    return folder.hasSuffix("/") ? folder + path : "\(folder)/\(path)"
  }

  private func expanded(_ text: String) throws(SettingProblem) -> String {
    guard let variables else { return text }
    var result = ""
    var rest = text[...]
    while let start = rest.firstRange(of: "${") {
      guard let end = rest[start.upperBound...].firstIndex(of: "}") else {
        throw SettingProblem("is \"\(text)\", where a ${ has no }")
      }
      let name = String(rest[start.upperBound..<end])
      guard let value = variables[name] else {
        throw SettingProblem("is \"\(text)\", but the environment has no \(name)")
      }
      result += rest[..<start.lowerBound] + value
      rest = rest[rest.index(after: end)...]
    }
    return result + rest
  }
}
