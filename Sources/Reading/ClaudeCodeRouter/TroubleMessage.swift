import Foundation
import Model

/// The router's sentences about failures.
enum TroubleMessage {
  /// What a failure's sentence says of the call.
  /// - Parameters:
  ///   - message: `err.message` or `msg`, which can go on with the upstream's own text.
  ///   - code: `err.code`.
  static func event(message: String, code: String) -> RequestFact.Event? {
    if code == "provider_not_found" { return .providerUnknown }
    if message.hasPrefix("Provider error: ") { return .failed(.providerError, status: 500, model: nil) }
    if message.hasPrefix("fetch failed") { return .failed(.connection, status: nil, model: nil) }
    if message.hasPrefix("Request failed for ") { return .fallingBack }
    if message.hasPrefix("Fallback model ") {
      guard let mark = message.range(of: " failed: ") else { return nil }
      let pair = String(message[message.index(message.startIndex, offsetBy: 15)..<mark.lowerBound])
      let reason = String(message[mark.upperBound...])
      return providerFailure(reason) ?? .failed(.connection, status: nil, model: pair)
    }
    return providerFailure(message)
  }

  /// `Error from provider(ollama,glm-5.2: 429): …`.
  private static func providerFailure(_ message: String) -> RequestFact.Event? {
    let opening = "Error from provider("
    guard message.hasPrefix(opening) else { return nil }
    let rest = message.dropFirst(opening.count)
    guard let close = rest.range(of: "): "), let colon = rest[..<close.lowerBound].range(of: ": ", options: .backwards)
    else { return nil }
    return .failed(
      .upstreamHTTP, status: Int(rest[colon.upperBound..<close.lowerBound]), model: String(rest[..<colon.lowerBound]))
  }
}
