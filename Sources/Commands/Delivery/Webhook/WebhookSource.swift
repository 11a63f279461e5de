import Foundation

/// Where the webhook's URL may stand. Never on the command line, where every user of the machine can read it.
package struct WebhookSource: Sendable {
  /// The variable that holds the URL itself.
  package static let variable = "CCR_AUDIT_SLACK_WEBHOOK_URL"
  /// The name of the credential that systemd's `LoadCredential=` hands over.
  package static let credential = "slack-webhook-url"

  private let secret: SecretSource

  /// - Parameters:
  ///   - environment: the environment's variables.
  ///   - file: the file that the configuration names.
  package init(environment: [String: String], file: String?) {
    secret = SecretSource(
      variable: Self.variable, credential: Self.credential, environment: environment, file: file)
  }

  /// The URL from the first place that has one: the variable, systemd's credential, the configured file. `nil` where
  /// nobody configured any.
  /// - Parameter owner: the user that the configured file must belong to.
  /// - Throws: `DeliveryError`, without any of the URL.
  package func load(owner: UInt32 = geteuid()) throws(DeliveryError) -> WebhookURL? {
    guard let (text, source) = try secret.load(owner: owner) else { return nil }
    return try WebhookURL(text, source: source)
  }
}

/// Where a secret of one line may stand. Never on the command line, where every user of the machine can read it.
struct SecretSource: Sendable {
  /// The variable that holds it.
  var variable: String
  /// The name of the credential that systemd's `LoadCredential=` hands over.
  var credential: String
  /// The environment's variables.
  var environment: [String: String]
  /// The file that the configuration names.
  var file: String?

  /// The secret from the first place that has one: the variable, systemd's credential, the configured file; and which
  /// place that is. `nil` where nobody configured any.
  /// - Parameter owner: the user that the configured file must belong to.
  /// - Throws: `DeliveryError`, without any of the secret.
  func load(owner: UInt32 = geteuid()) throws(DeliveryError) -> (text: String, source: String)? {
    if let text = environment[variable], !text.isEmpty { return (Self.trimmed(text), variable) }
    if let folder = environment["CREDENTIALS_DIRECTORY"], !folder.isEmpty {
      let path = "\(folder)/\(credential)"
      if unsafe access(path, F_OK) == 0 {
        // systemd made this file for this run alone, and sets owner and mode itself.
        return (Self.trimmed(try SecretFile.read(path, owner: nil)), path)
      }
    }
    guard let file else { return nil }
    return (Self.trimmed(try SecretFile.read(file, owner: owner)), file)
  }

  private static func trimmed(_ text: String) -> String { text.trimmingCharacters(in: .whitespacesAndNewlines) }
}

/// A file that holds a secret of one line.
enum SecretFile {
  private static let maximum = 4096

  /// Reads the file. All checks look at the opened file, so that it cannot be exchanged between check and reading.
  /// - Parameters:
  ///   - path: the file; a link is followed, and what it leads to is checked.
  ///   - owner: who it must belong to, with no permission for anybody else; `nil` to leave that out.
  static func read(_ path: String, owner: UInt32?) throws(DeliveryError) -> String {
    // Without O_NONBLOCK, opening a pipe that nobody writes to would never return.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .unusable(path: path, reason: systemReason()) }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw .unusable(path: path, reason: systemReason()) }
    let mode = mode_t(status.st_mode)
    guard mode & S_IFMT == S_IFREG else { throw .unusable(path: path, reason: "it is no regular file") }
    if let owner {
      guard status.st_uid == owner else { throw .notPrivate(path: path, reason: "belongs to another user") }
      guard mode & 0o077 == 0 else { throw .notPrivate(path: path, reason: "others may use it") }
    }
    guard status.st_size <= maximum else { throw .unusable(path: path, reason: "it is longer than \(maximum) bytes") }
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: maximum) { buffer, count in
      count = unsafe max(0, Foundation.read(descriptor, buffer.baseAddress, maximum))
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .unusable(path: path, reason: "it is not text")
    }
    return text
  }
}

/// The system's words for the last failure.
func systemReason() -> String { unsafe String(cString: strerror(errno)).lowercased() }
