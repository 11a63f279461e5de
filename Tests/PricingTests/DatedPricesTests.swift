import Foundation
import Model
import Testing

@testable import Pricing

/// The catalogue beside both lists, price by price, on each day that a list names: 3,400 prices of genai-prices and
/// LiteLLM (`pricing/tools/catalogue.py --dated` wrote them). Each difference is known, with its reason.
struct DatedPricesTests {
  /// By list, seller and model.
  private static let differences: [String: String] = {
    let reasons: [(String, [String])] = [
      (
        "another year's price: deepseek-chat and deepseek-reasoner meant four models, and the table has all by date",
        [
          "genai-prices deepseek/deepseek-chat", "genai-prices deepseek/deepseek-reasoner",
          "litellm deepseek/deepseek-chat", "litellm deepseek/deepseek-reasoner",
        ]
      ),
      (
        "retired on 2026-05-15: xAI answers to these names with Grok 4.3, at its price (its migration page)",
        [
          "genai-prices xai/grok-3", "genai-prices xai/grok-4-0709", "genai-prices xai/grok-4-1-fast-non-reasoning",
          "genai-prices xai/grok-4-1-fast-reasoning", "genai-prices xai/grok-4-fast-non-reasoning",
          "genai-prices xai/grok-4-fast-reasoning", "genai-prices xai/grok-code-fast-1",
        ]
      ),
      (
        "both lists have the API that ended on 2026-09-27; the seller's page of what followed is in model-prices",
        ["genai-prices perplexity/sonar", "litellm perplexity/sonar"]
      ),
      (
        "a fifth less, by the seller's page of its campaign, in model-prices",
        ["litellm dashscope/qwen3.7-plus"]
      ),
      (
        "the newest has had the name since 2025-12-02, by LiteLLM and models.dev",
        ["genai-prices mistral/mistral-large"]
      ),
      (
        "OpenRouter's price in one list, another rounding in the other; DeepSeek asked 0.28 and 0.42",
        ["genai-prices deepseek/deepseek-v3.2", "litellm deepseek/deepseek-v3.2"]
      ),
      (
        "CNY at 7.00 a dollar; the table has one rate for all, 7.25",
        ["litellm zhipu/glm-5.3", "litellm zhipu/glm-5.3-flash"]
      ),
      (
        "the list has only what answers of at most 200 tokens cost; the seller's page asks more for all others (lobehub)",
        ["genai-prices zhipu/GLM-4.5-Air", "genai-prices zhipu/GLM-4.7"]
      ),
      (
        "two prices of one list: what it has of Azure AI names its page, the other is of 2024",
        ["litellm azure/mistral-large-latest"]
      ),
      (
        "the price of its first weeks; models.dev and Anthropic's own have 0.80 and 4",
        ["litellm vertex/claude-3-5-haiku", "litellm vertex/claude-3-5-haiku@20241022"]
      ),
      (
        "rounded dollars; the seller bills in CNY, which lobehub has from its page",
        [
          "litellm volcengine/doubao-seed-2-0-code-preview-260215", "litellm volcengine/doubao-seed-2-0-lite-260215",
          "litellm volcengine/doubao-seed-2-0-mini-260215", "litellm volcengine/doubao-seed-2-0-pro-260215",
        ]
      ),
      (
        "rounded otherwise by the other list, of which the figure is taken",
        [
          "litellm cloudflare/@cf/meta/llama-3.2-3b-instruct", "litellm cloudflare/@cf/zai-org/glm-4.7-flash",
          "litellm cloudflare/@cf/qwen/qwen3-30b-a3b-fp8",
          "litellm cloudflare/@cf/meta/llama-3.2-11b-vision-instruct", "litellm groq/openai/gpt-oss-safeguard-20b",
        ]
      ),
      (
        "the lists disagree, and genai-prices, which dates its prices and links their page, is believed",
        [
          "litellm mistral/open-mistral-nemo",
          "litellm fireworks/accounts/fireworks/models/llama-v3p1-8b-instruct",
          "litellm fireworks/accounts/fireworks/models/gemma-3-27b-it",
          "litellm fireworks/accounts/fireworks/models/deepseek-v4-pro",
          "litellm together/meta-llama/Llama-3.3-70B-Instruct-Turbo", "litellm together/Qwen/Qwen3.8-2.4T-A95B",
          "litellm together/mistralai/Mixtral-8x7B-Instruct-v0.1", "litellm novita/mistralai/mistral-nemo",
          "litellm cloudflare/@cf/meta/llama-2-7b-chat-fp16",
          "litellm cloudflare/@cf/mistral/mistral-7b-instruct-v0.1",
        ]
      ),
    ]
    return Dictionary(uniqueKeysWithValues: reasons.flatMap { reason, names in names.map { ($0, reason) } })
  }()

  @Test func everyPriceOfBothListsIsInTheTable() throws {
    let file = repository.appendingPathComponent("Tests/PricingTests/Imports/dated-prices.csv")
    var found: Set<String> = []
    var (compared, unknown) = (0, 0)
    for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") where !line.hasPrefix("#") {
      let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      try #require(fields.count == 9, "\(line)")
      // It read OpenRouter's list again on 2026-10-19. What it had until then is of the spring; models.dev knows more.
      if fields[0] == "genai-prices", fields[1] == "openrouter", fields[3] == "2026-10-18" { continue }
      let model = ModelID(provider: fields[1], model: fields[2])
      let noon = Int64(try #require(CivilDay(fields[3])).number) * 86_400_000 + 43_200_000
      // Without a name in the table there is nothing to compare: snapshots of one price are looked up without their date.
      guard shipped.resolve(model) != nil else {
        unknown += 1
        continue
      }
      compared += 1
      var rates: Rates?
      if case .perToken(let price) = shipped.listPrice(of: model, at: noon, prompt: 1) { rates = price.rates }
      let classes: [TokenClass] = [.input, .output, .cacheRead, .cacheWrite5m, .cacheWrite1h]
      // What a list does not state is no difference.
      let differs = zip(classes, fields[4...]).contains { tokenClass, text in
        !text.isEmpty && rates?[tokenClass] != Rate(decimalPerMillion: text)
      }
      if differs { found.insert("\(fields[0]) \(model)") }
    }
    #expect(found.subtracting(Self.differences.keys).sorted() == [])
    #expect(Set(Self.differences.keys).subtracting(found).sorted() == [], "no difference any more")
    #expect(compared > 3_300 && unknown < 150, "\(compared), \(unknown)")
  }
}
