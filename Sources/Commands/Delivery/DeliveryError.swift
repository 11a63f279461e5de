/// Why something cannot be delivered or installed. No case ever holds a webhook's URL or any part of it.
package enum DeliveryError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The text is no URL, or one with spaces, without a host, with a user name.
  case notAURL(source: String, reason: String)
  /// The URL is not `https`, and its host is not this machine.
  case notSecure(source: String)
  /// A file that holds a secret is not private to us.
  case notPrivate(path: String, reason: String)
  /// A file cannot be read or written.
  case unusable(path: String, reason: String)
  /// A path cannot stand in a unit file.
  case unfitPath(String, reason: String)

  package var description: String {
    switch self {
    case .notAURL(let source, let reason): "\(source) holds no usable URL: \(reason)"
    case .notSecure(let source): "\(source) holds a URL that is not https, which only a host on this machine may have"
    case .notPrivate(let path, let reason): "\(path) holds a secret but \(reason); set its mode to 0600"
    case .unusable(let path, let reason): "\(path) cannot be used: \(reason)"
    case .unfitPath(let path, let reason): "the path \(path.debugDescription) cannot be part of a schedule: \(reason)"
    }
  }
}
