import Foundation

/// One request as `ccr-audit` hands it to `ccr-audit-send`: a line of JSON on its standard input, where no other user
/// can read the URL. The pipe stays open for as long as the answer is wanted.
package struct SendOrder: Codable {
  private var url: String
  private var json: String?
  private var connectTimeout: Double
  private var timeout: Double

  package init(_ request: HTTPRequest) {
    url = request.url.url.absoluteString
    json =
      switch request.method {
      case .get: nil
      case .post(let json): json
      }
    connectTimeout = request.connectTimeout
    timeout = request.timeout
  }

  /// The request that was asked for.
  /// - Throws: `DeliveryError` where the URL is not one that requests may go to.
  package func request() throws(DeliveryError) -> HTTPRequest {
    HTTPRequest(
      json.map { .post(json: $0) } ?? .get, try WebhookURL(url, source: "the order"), connectTimeout: connectTimeout,
      timeout: timeout)
  }
}

/// What became of it: a line of JSON on the standard output of `ccr-audit-send`.
package enum SendAnswer: Codable {
  case response(HTTPResponse)
  case failure(HTTPFailure)
}
