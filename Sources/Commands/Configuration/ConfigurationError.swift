/// Why the configuration cannot be used. Each description is a sentence that begins with the place.
package enum ConfigurationError: Error, Equatable, CustomStringConvertible {
  /// The named file cannot be read; `namedBy` is the flag or variable that names it.
  case unreadable(path: String, reason: String, namedBy: Origin)
  /// It is not the YAML that a configuration is.
  case syntax(problem: String, origin: Origin)
  /// There is no such key.
  case unknownKey(String, nearest: String?, origin: Origin)
  /// There is no such variable of ours.
  case unknownVariable(String, nearest: String?)
  /// The system's variable for the time zone names none.
  case unknownZone(String)
  /// The key is known, the value is none.
  case invalidValue(key: String, problem: String, origin: Origin)

  package var description: String {
    switch self {
    case .unreadable(let path, let reason, .default): "cannot read the configuration \(path): \(reason)"
    case .unreadable(let path, let reason, let origin):
      "cannot read the configuration \(path), named by \(origin): \(reason)"
    case .syntax(let problem, let origin): "\(origin): \(problem)"
    case .unknownKey(let key, let nearest, let origin):
      "\(origin): there is no key \"\(key)\"" + Self.suggestion(nearest)
    case .unknownVariable(let name, let nearest):
      "\(name): there is no such variable" + Self.suggestion(nearest)
    case .unknownZone(let text):
      "TZ: \"\(text)\" is no name of a time zone, so days cannot be counted; write TZ=Asia/Seoul, or TZ=Etc/GMT-9 "
        + "for nine hours ahead of UTC, or `timezone:` in the configuration"
    case .invalidValue(let key, let problem, let origin): "\(origin): \(key) \(problem)"
    }
  }

  /// The same for the user; a bad flag is wrong usage, all else could not be done.
  package var failure: CommandFailure {
    var status = CommandFailure.Status.couldNot
    if case .invalidValue(_, _, .flag) = self { status = .usage }
    return CommandFailure(description, status: status)
  }

  private static func suggestion(_ nearest: String?) -> String {
    nearest.map { "; did you mean \"\($0)\"?" } ?? ""
  }
}
