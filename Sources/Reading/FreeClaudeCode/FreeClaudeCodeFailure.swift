import Foundation
import Model

/// What went wrong with a provider, as 6.x writes it: the exception, the status where there was one, and the cause.
enum FreeClaudeCodeFailure {
  /// `… exc_type=APIStatusError http_status=401 cause_types=HTTPStatusError`; `nil` where no exception is named.
  static func event(in text: String) -> FreeClaudeCodeFact.Event? {
    word(text, "exc_type=").map {
      event($0, status: word(text, "http_status=").flatMap { Int($0) }, causes: word(text, "cause_types=") ?? "")
    }
  }

  /// - Parameter causes: the names of exceptions, with commas between them.
  static func event(_ name: String, status: Int?, causes: String) -> FreeClaudeCodeFact.Event {
    if let status, (100...599).contains(status) { return .failed(.upstreamHTTP, status: status) }
    let neverReached = ["ConnectError", "ConnectTimeout", "PoolTimeout"]
    if causes.split(separator: ",").contains(where: { neverReached.contains(String($0)) }) {
      return .failed(.connection, status: nil)
    }
    let kind = kind(ofError: name)
    // What else a connection can do, it does to an answer that has begun.
    return .failed(kind == .connection ? .interrupted : kind, status: nil)
  }

  /// How the exceptions of the proxy's HTTP libraries (httpx, openai) stand to the answer. Of a timeout nobody can say
  /// whether the upstream had begun, so it spent what we do not know.
  static func kind(ofError name: String) -> FailureKind {
    switch name {
    case "APIConnectionError", "ConnectError", "ConnectTimeout", "PoolTimeout": .connection
    case "HTTPStatusError", "APIStatusError", "BadRequestError", "AuthenticationError", "PermissionDeniedError",
      "NotFoundError", "ConflictError", "UnprocessableEntityError", "RateLimitError", "InternalServerError":
      .upstreamHTTP
    case "APIError": .providerError
    default: .interrupted
    }
  }

  /// The word that stands behind a mark.
  static func word(_ text: String, _ mark: String) -> String? {
    text.range(of: mark).map { String(text[$0.upperBound...].prefix { $0 != " " && $0 != "\\" }) }
  }
}
