import Model
import Testing

@testable import Reading

/// Facts of one request that stand in a log more than once.
struct RepeatedCallTests {
  private func fact(_ time: Int64, _ event: RequestFact.Event) -> RequestFact { RequestFact(time: time, event: event) }

  /// Only the client's call names the provider, and the second try names none.
  @Test(arguments: ["https://relay.example/v1/chat", "https://other.example/v1/chat"])
  func aSecondTryOfOneCallIsAtTheSameProvider(url: String) {
    let facts = [
      fact(0, .incoming(isMessages: true)),
      fact(1, .body(model: "relay,m", session: nil, stream: true, bytes: 9)),
      fact(2, .upstreamCall(url: "https://relay.example/v1/chat", model: "m")),
      fact(3, .upstreamCall(url: url, model: "m")),
      fact(4, .usage(input: 7, cacheRead: 0, output: 3, reasoning: 0)),
      fact(5, .completed(status: 200)),
    ]
    let requests = RequestSummary.requests(of: facts, configuration: .none)
    let isSame = url.contains("relay")
    #expect(requests.map(\.model.provider) == ["relay", isSame ? "relay" : "other.example"])
    #expect(requests.map(\.usage?.input) == [nil, 7])
  }
}
