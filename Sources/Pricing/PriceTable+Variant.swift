package import Model

extension PriceTable {
  /// What one request costs by, at the endpoint and in the mode that it was sent with.
  ///
  /// A known host says who was paid, before any name, because a router's provider name is its user's invention. A host of
  /// one's own says nothing of the seller, unless it is what a local server usually is: own hardware.
  package func answer(
    for model: ModelID, as variant: CallVariant, at milliseconds: Int64, prompt: Int64
  ) -> PriceAnswer {
    guard let seller = seller(of: model, at: variant.host) else {
      let answer = answer(for: model, in: variant.modes, at: milliseconds, prompt: prompt)
      if case .plan = answer { return answer }
      return .unpriced(nearest: [])
    }
    let answer = answer(for: seller, in: variant.modes, at: milliseconds, prompt: prompt)
    guard case .perToken(var price) = answer else { return answer }
    let known = factors(of: seller, at: milliseconds)
    var factors: [TokenFactor?] = []
    // A faster mode costs a multiple: where nobody knows which, the usual rates would be a claim.
    if let speed = variant.speed {
      guard let factor = known[speed] else { return .unpriced(nearest: []) }
      factors.append(factor)
    }
    factors += [
      variant.geo.flatMap { known[$0] }, variant.tier.flatMap { known[$0] }, variant.isBatch ? known["batch"] : nil,
    ]
    for factor in factors.compactMap(\.self) { price.rates = price.rates.scaled(by: factor) }
    return .perToken(price)
  }

  /// What multiplies the rates of a mode (`us`, `batch`) at the seller that was called; `nil` where the table does not
  /// know.
  /// - Parameter milliseconds: epoch milliseconds.
  package func factor(
    of mode: String, for model: ModelID, as variant: CallVariant, at milliseconds: Int64
  ) -> TokenFactor? {
    seller(of: model, at: variant.host).flatMap { factors(of: $0, at: milliseconds)[mode] }
  }

  /// The instants (epoch milliseconds) from which other factors multiply the rates at the seller that was called.
  package func factorChanges(of model: ModelID, as variant: CallVariant) -> [Int64] {
    seller(of: model, at: variant.host).flatMap { find($0)?.model?.factorChanges } ?? []
  }

  /// What one search of the web costs at the seller that was called; `nil` where the table does not know.
  package func webSearchFee(of model: ModelID, as variant: CallVariant) -> Money? {
    seller(of: model, at: variant.host).flatMap { modifiers(of: $0).webSearch }
  }

  /// The plans on the market that cover a model at the endpoint and in the mode that it was called with, the cheapest
  /// first: a plan may have an endpoint of its own.
  package func offers(for model: ModelID, as variant: CallVariant) -> [Plan] {
    offers(for: seller(of: model, at: variant.host) ?? model).filter { $0.pays(for: variant.modes) }
  }

  /// The model at the seller that a host belongs to; `nil` for own hardware.
  func seller(of model: ModelID, at host: String?) -> ModelID? {
    guard let host else { return model }
    return sellers.value(of: Called(model: model, host: host)) { lookUpSeller(of: model, at: host) }
  }

  /// A model at an endpoint.
  struct Called: Hashable {
    var model: ModelID
    var host: String
  }

  private func lookUpSeller(of model: ModelID, at host: String) -> ModelID? {
    let mark = host.firstIndex(of: "/").map { host[$0...] } ?? ""
    let name = Self.withoutPort(String(host.dropLast(mark.count)))
    if Self.isLocal(name) {
      let isServer = Self.isServersPort(host) || Self.isServersName(model.provider)
      return isServer && !model.model.lowercased().hasSuffix("cloud") && !isOwn(model) ? nil : model
    }
    guard let provider = provider(atHost: name + mark), provider != self.provider(named: model.provider), !isOwn(model),
      !isPlanOnly(self.provider(named: model.provider), at: provider)
    else { return model }
    return ModelID(provider: provider, model: model.model)
  }

  /// Programs that run models on the machine they are installed on.
  static let localServers: Set<String> = [
    "ollama", "lmstudio", "lm-studio", "lm_studio", "lm studio", "llamacpp", "llama.cpp", "llama-cpp", "llama_cpp",
    "vllm", "llamafile", "localai", "koboldcpp", "sglang", "mlx",
  ]

  /// Whether a provider on a host of one's own is named after such a program (`ollama-local`, `my vLLM`).
  private static func isServersName(_ provider: String) -> Bool {
    let name = provider.lowercased()
    return localServers.contains(name) || localServers.contains { $0.count > 3 && name.contains($0) }
  }

  /// The ports of Ollama and LM Studio. Those of the others (8000, 8080) are gateways' too, so the name decides there.
  private static func isServersPort(_ host: String) -> Bool { host.hasSuffix(":11434") || host.hasSuffix(":1234") }

  private static func withoutPort(_ host: String) -> String {
    guard !host.hasSuffix("]"), let colon = host.lastIndex(of: ":"),
      host[host.index(after: colon)...].allSatisfy(\.isNumber)
    else { return host }
    return String(host[..<colon])
  }

  /// Whether a host is this machine or a network of one's own.
  private static func isLocal(_ host: String) -> Bool {
    if ["localhost", "[::1]", "::1", "host.docker.internal", "0.0.0.0"].contains(host) || !host.contains(".") {
      return true
    }
    if [".local", ".internal", ".lan", ".localhost", ".localdomain", ".home.arpa"].contains(where: host.hasSuffix) {
      return true
    }
    // IPv6: unique local and link-local addresses.
    if host.hasPrefix("[") { return ["[fc", "[fd", "[fe80"].contains(where: host.hasPrefix) }
    let parts = host.split(separator: ".").map { Int($0) }
    guard parts.count == 4, let first = parts[0], let second = parts[1] else { return false }
    return first == 127 || first == 10 || (first == 192 && second == 168)
      || (first == 172 && (16...31).contains(second)) || (first == 100 && (64...127).contains(second))
  }
}
