#if os(Linux)
  import CCurl
  import Foundation

  /// Sends requests with the system's libcurl, which is opened when the first one is sent.
  ///
  /// A request ends with this process: nothing of it goes on behind a run that was killed. What it waits for is bounded
  /// by its own time (on the monotonic clock) and by what is kept of an answer, so that a flood holds nothing up.
  ///
  /// *Whether the body had been sent* is known as "libcurl asked for it", which it does once it is connected. A body
  /// that was asked for and is still in a buffer counts as sent; the doubt goes towards "may repeat".
  package struct CurlTransport: HTTPTransport {
    private let environment: [String: String]

    /// - Parameter environment: the environment's variables, for proxies and certificates.
    package init(environment: [String: String]) { self.environment = environment }

    package func send(_ request: HTTPRequest) throws(HTTPFailure) -> HTTPResponse {
      var answer = unsafe ccurl_answer()
      let outcome = unsafe perform(request, &answer)
      defer { unsafe ccurl_free(&answer) }
      switch outcome {
      case CCURL_NO_LIBRARY:
        throw HTTPFailure(
          .noSender, bodySent: false, detail: "libcurl.so.4 cannot be opened; install libcurl (libcurl4 on Debian)")
      case CCURL_NO_MEMORY: throw HTTPFailure(.other, bodySent: false, detail: "there is no memory for it")
      default: break
      }
      guard unsafe (200...999).contains(answer.status) else { throw unsafe failure(of: answer) }
      return unsafe HTTPResponse(
        status: answer.status,
        headers: Self.headers(String(decoding: bytes(answer.head, answer.head_size), as: UTF8.self)),
        body: bytes(answer.body, answer.body_size), isComplete: answer.code == 0)
    }

    private func perform(_ request: HTTPRequest, _ answer: inout ccurl_answer) -> ccurl_outcome {
      let url = request.url.url
      let proxy =
        WebhookURL.isLoopback(url.host() ?? "")
        ? "" : ProxySettings.named(scheme: url.scheme ?? "", environment: environment) ?? ""
      let body: [UInt8]?
      let headers: [String: String]
      switch request.method {
      case .get: (body, headers) = (nil, [:])
      case .post(let json): (body, headers) = (Array(json.utf8), ["Content-Type": "application/json; charset=utf-8"])
      case .upload(let bytes, let named): (body, headers) = (bytes, named)
      }
      // Copies that live as long as the transfer.
      var texts: [UnsafeMutablePointer<CChar>?] = unsafe []
      defer { unsafe texts.forEach { unsafe free($0) } }
      func text(_ text: String?) -> UnsafePointer<CChar>? {
        guard let text, let copy = unsafe strdup(text) else { return nil }
        unsafe texts.append(copy)
        return unsafe UnsafePointer(copy)
      }
      func copy(_ bytes: [UInt8]?) -> UnsafePointer<CChar>? {
        guard let bytes, let room = unsafe malloc(bytes.count + 1) else { return nil }
        unsafe room.copyMemory(from: bytes, byteCount: bytes.count)
        let copy = unsafe room.assumingMemoryBound(to: CChar.self)
        unsafe texts.append(copy)
        return unsafe UnsafePointer(copy)
      }
      let lines = headers.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
      let list = UnsafeMutablePointer<UnsafePointer<CChar>?>.allocate(capacity: lines.count + 1)
      defer { unsafe list.deallocate() }
      for (index, line) in lines.enumerated() { unsafe (list + index).initialize(to: text(line)) }
      unsafe (list + lines.count).initialize(to: nil)
      var order = unsafe ccurl_request(
        url: text(url.absoluteString), body: copy(body), body_size: body?.count ?? 0, headers: list, proxy: text(proxy),
        no_proxy: text(ProxySettings.exemptions(environment)),
        // libcurl itself knows neither of these variables.
        ca_file: text(variable("SSL_CERT_FILE")), ca_folder: text(variable("SSL_CERT_DIR")),
        connect_milliseconds: Int((request.connectTimeout * 1000).rounded(.up)),
        milliseconds: Int((request.timeout * 1000).rounded(.up)), maximum_body: request.maximumAnswer)
      return unsafe ccurl_send(&order, &answer)
    }

    private func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }

    /// Names in lower case; of several of one name, the last.
    private static func headers(_ head: String) -> [String: String] {
      var headers: [String: String] = [:]
      for line in head.split(whereSeparator: \.isNewline) {
        guard let colon = line.firstIndex(of: ":") else { continue }
        headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
      }
      return headers
    }

    private func bytes(_ start: UnsafeMutablePointer<CChar>?, _ count: Int) -> [UInt8] {
      unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
    }

    /// By the numbers of curl/curl.h.
    private func failure(of answer: ccurl_answer) -> HTTPFailure {
      let sent = unsafe answer.body_sent
      if unsafe answer.proxy_status != 0 && !(200...299).contains(answer.proxy_status) {
        return unsafe HTTPFailure(.proxyRefused, bodySent: false, detail: "it answered HTTP \(answer.proxy_status)")
      }
      switch unsafe answer.code {
      case 5: return HTTPFailure(.cannotFindHost, bodySent: sent, detail: "the proxy's")
      case 6: return HTTPFailure(.cannotFindHost, bodySent: sent)
      case 7, 97: return HTTPFailure(.cannotConnect, bodySent: sent)
      case 28: return HTTPFailure(.timedOut, bodySent: sent)
      // No HTTP, too much of a head, nothing, or less than was promised.
      case 1, 8, 16, 18, 23, 27, 52, 55, 56, 92, 100: return HTTPFailure(.connectionLost, bodySent: sent)
      case 35, 51, 53, 54, 58, 59, 60, 64, 66, 77, 80, 82, 83, 90, 91:
        return unsafe HTTPFailure(.insecure, bodySent: sent, detail: Self.words(answer))
      default: return unsafe HTTPFailure(.other, bodySent: sent, detail: "libcurl's error \(answer.code)")
      }
    }

    /// libcurl's own words, in which a TLS failure names the certificate's fault.
    private static func words(_ answer: ccurl_answer) -> String? {
      let words = unsafe withUnsafeBytes(of: answer.problem) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      return words.isEmpty ? nil : words
    }
  }
#endif
