import Testing

@testable import Reading

/// What is kept of the address that was called.
struct EndpointTests {
  @Test(arguments: [
    ("https://api.z.ai/api/coding/paas/v4/chat/completions", "/coding"),
    ("https://open.bigmodel.cn/api/coding/paas/v4", "/coding"),
    ("https://ark.cn-beijing.volces.com/api/coding/v3/chat/completions", "/coding"),
    ("https://ark.cn-beijing.volces.com/api/plan/v3", "/plan"), ("https://opencode.ai/zen/go/v1/messages", "/go"),
    ("https://api.kimi.com/coding/v1/messages?beta=true", "/coding"),
    ("https://user:coding@api.z.ai:443/api/coding", "/coding"),
    // The general endpoints of the same hosts.
    ("https://api.z.ai/api/paas/v4/chat/completions", ""), ("https://api.z.ai/api/anthropic/v1/messages", ""),
    ("https://opencode.ai/zen/v1/messages", ""), ("https://ark.cn-beijing.volces.com/api/v3", ""),
    // No segment of the path is such a word, or it stands in the query.
    ("https://api.example.com/coding-sk-CANARY/v1", ""), ("https://api.example.com/v1?next=/coding/", ""),
    ("https://coding.example.com/v1", ""),
    // A gateway of one's own says nothing of the seller.
    ("http://127.0.0.1:8787/coding/v1", ""), ("http://gateway/plan", ""), ("u", ""), ("", ""),
  ])
  func aPlansEndpointIsToldByAWordOfItsPath(url: String, mark: String) { #expect(Endpoint.planMark(in: url) == mark) }
}
