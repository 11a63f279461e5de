import BuiltInPrices
import Foundation
import Testing
import Model

@testable import Pricing

/// What the shipped catalogue prices, and under which names.
struct CatalogueTests {
  private func input(_ name: String, _ table: PriceTable? = nil, host: String? = nil, speed: String? = nil) throws
    -> String
  {
    let model = try #require(ModelID(name))
    let variant = CallVariant(host: host, speed: speed)
    let answer = (table ?? shipped).answer(for: model, as: variant, at: try time("2026-11-20T12:00:00Z"), prompt: 100)
    return switch answer {
    case .perToken(let price): price.rates.input.description
    case .free: "free"
    case .plan(let plan): plan.name
    case .unpriced: "none"
    }
  }

  @Test(arguments: [
    ("anthropic/claude-sonnet-4-5-20250929", "3"), ("anthropic/claude-haiku-4-5@20251001", "1"),
    ("bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0", "1.1"), ("vertex/claude-sonnet-4-5@20250929", "3"),
    ("openai/gpt-5-2025-08-07", "1.25"), ("openai/gpt-5-mini", "0.25"), ("openai/gpt-5-nano", "0.05"),
    ("kimi/kimi-k3", "3"), ("Z.ai (Global) - General Endpoint/glm-5.2", "1.4"), ("MiniMax (Global)/MiniMax-M3", "0.3"),
    ("xai/grok-4", "1.25"), ("xai/grok-code-fast-1", "1"), ("mistral/mistral-large-latest", "0.5"),
    ("bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0", "3.3"), ("open_router/anthropic/claude-3.7-sonnet", "3"),
    ("openrouter/deepseek/deepseek-chat-v3.1:free", "free"), ("modelscope/ZhipuAI/GLM-4.6", "free"),
    // One list's spelling of another's model never takes a cheaper one's price.
    ("bedrock/us.anthropic.claude-opus-4-6-v1:0", "5.5"), ("mistral/mistral-medium", "1.5"),
    ("fireworks/accounts/fireworks/models/deepseek-v4-flash-0731", "0.22"), ("BytePlus/seed-1-6-250915", "0.25"),
    // OpenRouter's ways of routing are no other model; elsewhere such a name is another one.
    ("openrouter/anthropic/claude-sonnet-4.5:online", "3"), ("openrouter/anthropic/claude-sonnet-4.5:nitro", "3"),
    ("openrouter/openai/gpt-5:floor", "1.25"), ("openai/gpt-5:nitro", "none"),
    // No such size, no such variant: never a sibling's price.
    ("openai/gpt-5-micro", "none"), ("openai/gpt-5:cloud", "none"), ("anthropic/claude-opus", "none"),
    ("ollama/qwen2.5-coder:latest", "none"),
  ])
  func namesAreFoundWithoutGuessing(name: String, price: String) throws { #expect(try input(name) == price) }

  /// Who subscribes to Claude runs Opus and Haiku on it, too.
  @Test func aClaudePlanPaysForWhatClaudeCodeCalls() throws {
    let models = ["claude-sonnet-5-5", "claude-opus-5", "claude-haiku-4-5-20251001", "claude-opus-4-6[1m]"]
    for plan in ["claude-pro", "claude-max-5x", "claude-max-20x"] {
      let table = try shipped.subscribing(to: [Subscription(plan: plan, from: try #require(CivilDay("2026-11-01")))])
      for model in models { #expect(try input("anthropic/\(model)", table) == plan) }
    }
    // The cheapest stands first.
    let offers = shipped.offers(for: ModelID(provider: "anthropic", model: "claude-opus-5")).map(\.name)
    #expect(offers == ["claude-pro", "claude-max-5x", "claude-max-20x"])
  }

  /// An endpoint of a plan's own says which plan covers a call, whatever the router's provider is called.
  @Test func aPlansEndpointOffersThePlan() {
    let model = ModelID(provider: "qwen", model: "qwen3-coder-plus")
    let variant = CallVariant(host: "coding.dashscope.aliyuncs.com")
    #expect(shipped.offers(for: model, as: variant).map(\.name) == ["alibaba-coding-lite", "alibaba-coding-pro"])
    #expect(shipped.offers(for: model, as: .none).isEmpty)
  }

  /// Where the plan's endpoint has the host of the general one, the path's word tells them apart, and not the name.
  @Test(arguments: [
    ("zai/glm-5.2", "api.z.ai/coding", "glm-coding-lite"),
    ("GLM/glm-4.6", "open.bigmodel.cn/coding", "zhipu-coding-lite"),
    ("doubao/doubao-seed-code", "ark.cn-beijing.volces.com/coding", "ark-coding-lite"),
    ("volcengine/glm-5.2", "ark.cn-beijing.volces.com:443/plan", "ark-coding-lite"),
    ("opencode/glm-5.2", "opencode.ai/go", "opencode-go"),
    ("tencent/deepseek-v3.1", "api.lkeap.cloud.tencent.com/coding", "tencent-coding-lite"),
    ("qianfan/deepseek-v4-flash", "qianfan.baidubce.com/coding", "qianfan-coding-lite"),
  ])
  func thePathOfAPlanDecidesBeforeTheHost(name: String, host: String, plan: String) throws {
    let model = try #require(ModelID(name))
    let general = String(host.prefix { $0 != "/" })
    #expect(try input(name, host: host) == "none")
    #expect(shipped.offers(for: model, as: CallVariant(host: host)).first?.name == plan)
    #expect(!shipped.offers(for: model, as: CallVariant(host: general)).contains { $0.name == plan })
    let paying = try shipped.subscribing(to: [Subscription(plan: plan, from: try #require(CivilDay("2026-11-01")))])
    #expect(try input(name, paying, host: host) == plan)
    #expect(try input(name, paying, host: general) == input(name, host: general))
  }

  /// A model's traffic is looked at for a plan that has an endpoint, whatever its provider is called.
  @Test func aPlansEndpointCoversEveryName() throws {
    let day = try #require(CivilDay("2026-11-01"))
    let glm = ModelID(provider: "zai", model: "glm-5.2")
    let paying = try shipped.subscribing(to: [Subscription(plan: "glm-coding-lite", from: day)])
    #expect(paying.isEverCovered(glm))
    #expect(!paying.isEverCovered(ModelID(provider: "zai", model: "deepseek-v4-flash")))
    #expect(!shipped.isEverCovered(glm))
  }

  /// At ollama.com every model runs on the plan; on hardware of one's own those do whose names say so.
  @Test func ollamasOwnEndpointIsThePlans() throws {
    let plan = "ollama-cloud-pro"
    let table = try shipped.subscribing(to: [Subscription(plan: plan, from: try #require(CivilDay("2026-11-01")))])
    #expect(try input("ollama/gpt-oss:120b", table, host: "ollama.com") == plan)
    #expect(try input("my-models/deepseek-v3.1:671b", table, host: "ollama.com") == plan)
    #expect(try input("Ollama Cloud/glm-4.6", table) == plan)
    #expect(try input("ollama/gpt-oss:120b-cloud", table, host: "localhost:11434") == plan)
    #expect(try input("ollama/gpt-oss:120b", table, host: "localhost:11434") == "none")
    #expect(try input("ollama/gpt-oss:120b", table) == "none")
  }

  /// Endings with which a seller says that nothing is paid.
  @Test func endingsThatSayFree() throws {
    #expect(try input("aihubmix/coding-glm-4.7-free") == "free")
    #expect(try input("opencode/kimi-k2.5-free") == "free")
    #expect(try input("zai/glm-5.2-free") == "none")
  }

  /// A word of the path that no plan has says nothing of the price.
  @Test func anUnknownWordOfThePathLeavesTheHost() throws {
    #expect(try input("x/deepseek-v4-flash", host: "api.deepseek.com/coding") == "0.15")
  }

  /// A model that a plan covers is one name, not two.
  @Test func noNameIsNearTwice() throws {
    guard
      case .unpriced(let nearest) = shipped.answer(
        for: ModelID(provider: "anthropic", model: "claude-sonet-5"), at: try time("2026-11-20T12:00:00Z"), prompt: 0)
    else {
      Issue.record("a name that nobody has is priced")
      return
    }
    #expect(nearest.count == 3 && Set(nearest).count == 3)
  }

  private func near(_ name: String) throws -> [String] {
    let answer = shipped.answer(for: try #require(ModelID(name)), at: try time("2026-11-20T12:00:00Z"), prompt: 0)
    guard case .unpriced(let nearest) = answer else {
      Issue.record("\(name) is priced")
      return []
    }
    return nearest.map(\.description)
  }

  /// A name is like another one by a word of it or by a slip of the hand, not by chance.
  @Test(arguments: ["openrouter/@preset/coding", "openai/acme-9000", "anthropic/default", "deepseek/x"])
  func nothingIsLikeAWordThatNoModelHas(name: String) throws { #expect(try near(name).isEmpty) }

  /// Of names that are as near, the newest model stands first.
  @Test func theNewestOfEquallyNearNamesStandsFirst() throws {
    let names = try near("anthropic/claude-sonnet-4-9")
    #expect(names == ["6", "5", "0"].map { "anthropic/claude-sonnet-4-\($0)" })
    #expect(try near("anthropic/claud-opus-5").first == "anthropic/claude-opus-5")
  }

  /// Of what is a part of many names, the newest; without one, none.
  @Test func aPartOfANameMeansTheNewestOfThem() {
    func like(_ name: String) -> [String] {
      shipped.modelNames(like: ModelID(provider: "anthropic", model: name)).map(\.description)
    }
    #expect(like("sonnet").prefix(2) == ["anthropic/claude-sonnet", "anthropic/claude-sonnet-5-5"])
    #expect(like("opus").first == "anthropic/claude-opus-5-5")
    #expect(like("claude-sonet-5-5").first == "anthropic/claude-sonnet-5-5")
    #expect(like("no-such-thing").isEmpty)
    // Of another seller, the version that was asked for.
    #expect(
      shipped.modelNames(like: ModelID(provider: "nobody", model: "glm4.6")).map(\.model).contains("glm4.7") == false)
  }

  /// The pairs that docs/pricing-coverage.md lists, with what it says of each. At least 95 of 100 that have a published price have
  /// it here.
  @Test func thePairsThatUsersNamePublicly() throws {
    let text = try String(contentsOf: repository.appendingPathComponent("docs/pricing-coverage.md"), encoding: .utf8)
    let rows = text.matches(of: #/(?m)^\| `([^`]+)` \| `([^`]+)` \| ([^|]+) \|$/#).map(\.output)
    let time = try time("2026-11-25T12:00:00Z")
    var missing = 0
    for (_, provider, name, words) in rows {
      let model = ModelID(provider: String(provider), model: String(name))
      let offers = shipped.offers(for: model).map(\.name)
      switch shipped.answer(for: model, at: time, prompt: 1000) {
      case .perToken: #expect(words == "priced", "\(model)")
      case .free: #expect(words == "costs nothing", "\(model)")
      case .plan(let plan): Issue.record("\(model) is paid by \(plan.name)")
      case .unpriced:
        #expect(words.hasPrefix("no price: "), "\(model)")
        #expect(words.hasPrefix("no price: a plan: ") == !offers.isEmpty, "\(model): \(offers)")
        if words == "no price: in none of the lists" { missing += 1 }
      }
    }
    #expect(rows.count > 180)
    let published = rows.count { !$0.3.hasPrefix("no price") } + missing
    #expect(missing * 20 <= published, "\(missing) of \(published)")
  }

  /// With plans, currencies and subscriptions, under other file names.
  @Test func theWholeTableWrittenDownIsTheSameTable() throws {
    let files = PriceExport.files(of: shipped, own: [])
    #expect(Set(files.map(\.name)).count == files.count)
    #expect(try PriceTable.load(files: files).version == shipped.version)
    let own = [
      PricingFile(
        name: "own.yaml",
        text: """
          provider: kimi
          models:
            - model: "a: b # c"
              prices:
                - {from: 2026-01-01T16:30Z, currency: EUR, input: "1", output: "2", modifiers: {flex: "0.5"}}
                - {from: 2026-02-01, ends: true}
          plans:
            - plan: ollama-cloud-pro
              kind: subscription
              models: [ollama/glm-5.2]
              fees: [{from: 2026-01-01, annual: "99", seats: 3}]
          """),
      PricingFile(
        name: "others.yaml",
        text: """
          currencies: [{currency: EUR, rates: [{from: 2026-01-01, usd: "1.1"}]}]
          subscriptions: [{plan: ollama-cloud-pro, from: 2026-03-01, seats: 2}]
          """),
    ]
    let table = try PriceTable.load(files: own, over: .builtIn)
    let used = PriceExport.files(of: table, own: own, used: [ModelID(provider: "Kimi", model: "A: B # C")])
    #expect(used.map(\.name) == ["moonshot.yaml"])
    // A provider of which nothing else is written down, over the same layers.
    let id = ModelID(provider: "moonshot", model: "a: b # c")
    let loaded = try PriceTable.load(files: used + own.dropFirst(), over: .builtIn)
    #expect(loaded.pricedModel(id) == table.pricedModel(id) && loaded.pricedModel(id) != nil)
    let small = try PriceTable.load(files: own)
    let again = try PriceTable.load(files: PriceExport.files(of: small, own: own))
    #expect(again.version == small.version)
  }

  @Test func aKnownHostDecidesBeforeTheName() throws {
    #expect(try input("openai/deepseek-v4-flash", host: "api.deepseek.com") == "0.15")
    #expect(try input("zai/glm-5.2", host: "open.bigmodel.cn") == "1.103")
    // A gateway of one's own says nothing of the seller.
    #expect(try input("zai/glm-5.2", host: "127.0.0.1:8787") == "1.4")
    #expect(try input("qwen/qwen3-coder-plus", host: "localhost:11434") == "none")
    for host in ["127.0.0.1:1234", "192.168.1.5:11434", "[::1]:11434", "100.100.1.2:11434", "gpu.local:1234"] {
      #expect(try input("qwen/qwen3-coder-plus", host: host) == "none", "\(host)")
    }
    // Gateways listen where some servers do: there the name decides.
    #expect(try input("openrouter/z-ai/glm-5.2", host: "localhost:8000") != "none")
    #expect(try input("my-vllm/qwen3-coder-plus", host: "10.0.0.7:8000") == "none")
    #expect(try input("xiaomi/mimo-v2.5-pro", host: "token-plan-sgp.xiaomimimo.com") == "none")
    #expect(try input("qwen/qwen3-coder-plus", host: "coding.dashscope.aliyuncs.com") == "none")
    // The plan's preset has the general endpoint's host.
    #expect(try input("Z.ai (Global) - Coding Plan/glm-5.2", host: "api.z.ai") == "none")
  }

  @Test func fastModeCostsItsMultiple() throws {
    #expect(try input("anthropic/claude-opus-4-8") == "5")
    #expect(try input("anthropic/claude-opus-4-8", speed: "fast") == "10")
    #expect(try input("deepseek/deepseek-v4-flash", speed: "fast") == "none")
    for model in ["claude-opus-4-6", "claude-opus-4-7"] {
      #expect(try input("anthropic/\(model)", speed: "fast") == "30")
    }
    // A long prompt cost more before 2026-03-13, and fast as many times that; half until the end of 2026-02-16, Pacific
    // time.
    for (instant, input, output) in [
      ("2026-02-17T07:59:59Z", "30", "112.5"), ("2026-02-17T08:00:00Z", "60", "225"),
      ("2026-03-01T00:00:00Z", "60", "225"),
    ] {
      let answer = shipped.answer(
        for: ModelID(provider: "anthropic", model: "claude-opus-4-6"), as: CallVariant(speed: "fast"),
        at: try time(instant), prompt: 200_001)
      guard case .perToken(let price) = answer else {
        Issue.record("\(answer)")
        continue
      }
      #expect(price.rates.input.description == input && price.rates.output.description == output)
    }
  }

  /// Subscribers pay for Claude's fast mode by the token, beside the fee.
  @Test func aClaudePlanDoesNotPayForTheFastMode() throws {
    let opus = ModelID(provider: "anthropic", model: "claude-opus-5-5")
    for plan in ["claude-pro", "claude-max-5x", "claude-max-20x"] {
      let table = try shipped.subscribing(to: [Subscription(plan: plan, from: try #require(CivilDay("2026-11-01")))])
      #expect(try input(opus.description, table) == plan)
      #expect(try input(opus.description, table, speed: "fast") == "8")
    }
    #expect(shipped.offers(for: opus, as: CallVariant(speed: "fast")).isEmpty)
  }

  @Test func ownFilesLieOnTopModelByModel() throws {
    let own = """
      provider: kimi
      models:
        - model: kimi-k3
          prices: [{from: 2026-01-01, input: "9", output: "9", source: s, verified: 2026-01-01}]
        - model: mine
          prices: [{from: 2026-01-01, input: "7", output: "7", source: s, verified: 2026-01-01}]
      """
    let table = try PriceTable.load(files: [PricingFile(name: "own.yaml", text: own)], over: .builtIn)
    #expect(try input("moonshot/kimi-k3", table) == "9")
    #expect(try input("kimi/mine", table) == "7")
    #expect(try input("kimi/kimi-k2.6", table) == "0.95")
    #expect(table.version != shipped.version)
    #expect(try PriceTable.load(files: [], over: .builtIn).version == shipped.version)
  }

  /// What is told without reading prices is what reading all of them tells.
  @Test func aNameLeadsToItsProviders() throws {
    let models = shipped.models.map(\.id)
    let some = stride(from: 0, to: models.count, by: models.count / 25).map { models[$0].model }
    for name in some + ["MiniMax-M2.7", "GLM-5.2", "minimax-m2", "glm", "", "no such model", "gpt-5 ", "모델"] {
      let providers = Set(models.filter { $0.model.lowercased() == name.lowercased() }.map(\.provider))
      #expect(shipped.providers(ofModel: name) == providers, "\(name)")
      #expect(shipped.providers(ofModel: name.uppercased()) == providers, "\(name)")
    }
    #expect(shipped.providers(ofModel: "MiniMax-M2.7").contains("minimax"))
    let own = try PriceTable.load(
      files: [
        PricingFile(
          name: "own.yaml",
          text: """
            provider: here
            models:
              - model: MiniMax-M2.7
                prices: [{from: 2025-01-01, input: "1", output: "2", source: "https://prices.example"}]
            """)
      ], over: .builtIn)
    #expect(own.providers(ofModel: "minimax-m2.7") == shipped.providers(ofModel: "minimax-m2.7").union(["here"]))
  }
}
