#if os(macOS)
  import Dispatch
  import Foundation
  import Synchronization

  /// Sends requests with Foundation's own client, one session a request, so that no cookie, cache or connection is shared.
  ///
  /// An answer counts from its status on: a body that never ends, breaks off or is longer than 64 KB is cut, and the
  /// transfer is ended, without harm to the answer.
  ///
  /// - *Proxies*: the variables' proxy or else the system's own; one that wants a password is not supported.
  /// - *Whether the body had been sent* is known as "some of it went out"; the doubt goes towards "may repeat".
  package struct URLSessionTransport: HTTPTransport {
    private let environment: [String: String]

    /// - Parameter environment: the environment's variables, for the proxy.
    package init(environment: [String: String]) { self.environment = environment }

    package func send(_ request: HTTPRequest) throws(HTTPFailure) -> HTTPResponse {
      let exchange = Exchange(maximumAnswer: request.maximumAnswer)
      // Elsewhere: ours ends in time, whatever Foundation waits for.
      DispatchQueue.global().async { begin(request, for: exchange) }
      return try exchange.wait(seconds: request.timeout).get()
    }

    private func begin(_ request: HTTPRequest, for exchange: Exchange) {
      let configuration = URLSessionConfiguration.ephemeral
      configuration.httpShouldSetCookies = false
      configuration.urlCache = nil
      // Ours is the shorter one.
      configuration.timeoutIntervalForRequest = request.timeout.rounded(.up) + 1
      switch ProxySettings(
        scheme: request.url.url.scheme ?? "", host: request.url.url.host() ?? "", environment: environment)
      {
      case .unset: break
      case .none: configuration.connectionProxyDictionary = [:]
      case .proxy(let host, let port):
        configuration.connectionProxyDictionary = [
          "HTTPSEnable": 1, "HTTPSProxy": host, "HTTPSPort": port,
          "HTTPEnable": 1, "HTTPProxy": host, "HTTPPort": port,
        ]
      }
      let session = URLSession(configuration: configuration, delegate: exchange, delegateQueue: nil)

      var message = URLRequest(url: request.url.url, cachePolicy: .reloadIgnoringLocalCacheData)
      message.setValue("ccr-audit", forHTTPHeaderField: "User-Agent")
      message.timeoutInterval = configuration.timeoutIntervalForRequest
      let task: URLSessionTask
      let body: Data
      switch request.method {
      case .get:
        message.httpMethod = "GET"
        body = Data()
      case .post(let json):
        message.httpMethod = "POST"
        message.setValue("application/json; charset=utf-8", forHTTPHeaderField: "Content-Type")
        body = Data(json.utf8)
      case .upload(let bytes, let headers):
        message.httpMethod = "POST"
        for (name, value) in headers { message.setValue(value, forHTTPHeaderField: name) }
        body = Data(bytes)
      }
      if message.httpMethod == "GET" {
        task = session.dataTask(with: message)
      } else {
        // An upload, because only uploads promise to tell when their body goes out.
        task = session.uploadTask(with: message, from: body)
        DispatchQueue.global().asyncAfter(deadline: .now() + request.connectTimeout) { [weak exchange] in
          exchange?.endUnlessSent(.timedOut)
        }
      }
      task.resume()
      exchange.whenEnded { session.invalidateAndCancel() }
    }
  }

  /// What is known of one request so far. Whoever ends it first decides.
  private final class Exchange: NSObject, URLSessionDataDelegate {
    private struct State {
      var response: HTTPResponse?
      var bodySent = false
      var outcome: Result<HTTPResponse, HTTPFailure>?
      var cleanUp: (@Sendable () -> Void)?
    }

    private let maximumAnswer: Int
    private let state = Mutex(State())
    private let ended = DispatchSemaphore(value: 0)

    init(maximumAnswer: Int) { self.maximumAnswer = maximumAnswer }

    func wait(seconds: Double) -> Result<HTTPResponse, HTTPFailure> {
      if ended.wait(timeout: .now() + seconds) == .timedOut { end(.timedOut) }
      return state.withLock { $0.outcome ?? .failure(HTTPFailure(.other, bodySent: $0.bodySent)) }
    }

    /// Does that once the exchange is over, elsewhere.
    func whenEnded(_ cleanUp: @escaping @Sendable () -> Void) {
      let isOver = state.withLock { state in
        if state.outcome == nil { state.cleanUp = cleanUp }
        return state.outcome != nil
      }
      if isOver { DispatchQueue.global().async(execute: cleanUp) }
    }

    func endUnlessSent(_ kind: HTTPFailure.Kind) {
      if state.withLock({ !$0.bodySent && $0.response == nil }) { end(kind) }
    }

    /// The exchange is over; a status that has come is the outcome, whatever happened after it.
    private func end(_ kind: HTTPFailure.Kind?) {
      state.withLock { state in
        guard state.outcome == nil else { return }
        if var response = state.response {
          response.isComplete = kind == nil
          state.outcome = .success(response)
        } else {
          state.outcome = .failure(HTTPFailure(kind ?? .other, bodySent: state.bodySent))
        }
        if let cleanUp = state.cleanUp { DispatchQueue.global().async(execute: cleanUp) }
        state.cleanUp = nil
        ended.signal()
      }
    }

    private func note(_ response: URLResponse?) {
      guard let response = response as? HTTPURLResponse else { return }
      var headers: [String: String] = [:]
      for (name, value) in response.allHeaderFields {
        if let name = name as? String, let value = value as? String { headers[name.lowercased()] = value }
      }
      state.withLock { $0.response = HTTPResponse(status: response.statusCode, headers: headers, isComplete: false) }
    }

    func urlSession(
      _ session: URLSession, task: URLSessionTask, didSendBodyData bytesSent: Int64, totalBytesSent: Int64,
      totalBytesExpectedToSend: Int64
    ) {
      state.withLock { $0.bodySent = true }
    }

    func urlSession(
      _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
      newRequest request: URLRequest, completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
      note(response)
      completionHandler(nil)
      end(nil)
    }

    func urlSession(
      _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
      completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
    ) {
      note(response)
      completionHandler(.allow)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
      let isFull = state.withLock { state in
        let room = maximumAnswer - (state.response?.body.count ?? 0)
        state.response?.body += data.prefix(room)
        return data.count > room
      }
      if isFull {
        end(.other)
      }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
      if error == nil, state.withLock({ $0.response == nil }) { note(task.response) }
      end(error.map(Self.kind))
    }

    /// Only the code is looked at: the error's own text holds the URL.
    private static func kind(of error: any Error) -> HTTPFailure.Kind {
      switch (error as? URLError)?.code {
      case .cannotFindHost, .dnsLookupFailed: .cannotFindHost
      case .cannotConnectToHost, .notConnectedToInternet: .cannotConnect
      case .timedOut: .timedOut
      case .networkConnectionLost, .badServerResponse, .cannotParseResponse: .connectionLost
      case .secureConnectionFailed, .serverCertificateHasBadDate, .serverCertificateUntrusted,
        .serverCertificateHasUnknownRoot, .serverCertificateNotYetValid, .clientCertificateRejected:
        .insecure
      default: .other
      }
    }
  }
#endif
