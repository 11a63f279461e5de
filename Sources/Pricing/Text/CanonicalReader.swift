import Model

/// Reads models again from a text that `CanonicalText` made. It trusts the text: the program was built with it.
struct CanonicalReader {
  private var lines: FieldReader

  /// The models of a text, in its order.
  static func models(_ text: ArraySlice<UInt8>) -> [PricedModel] {
    var reader = CanonicalReader(lines: FieldReader(text))
    return reader.models()
  }

  private mutating func models() -> [PricedModel] {
    var models: [PricedModel] = []
    while !lines.isAtEnd {
      let fields = lines.line()
      switch fields.first ?? nil {
      case "model":
        models.append(
          PricedModel(
            id: ModelID(provider: text(fields, 1), model: text(fields, 2)),
            aliases: fields.dropFirst(4).compactMap(\.self), isFree: fields.count > 3 && fields[3] != nil, prices: []))
      case "token factor": models[models.count - 1].tokenFactor = TokenFactor(decimal: text(fields, 1))
      case "stands for":
        models[models.count - 1].succession.append(
          Successor(
            from: Int64(text(fields, 1)) ?? 0, model: ModelID(provider: text(fields, 2), model: text(fields, 3))))
      case "modifiers":
        var modifiers = PriceModifiers()
        modifiers.webSearch = (fields.count > 1 ? fields[1] : nil).flatMap { Money(decimal: $0) }
        modifiers.factors = factors(fields, from: 2)
        models[models.count - 1].modifiers = modifiers
      case "from":
        let imported = fields.count > 7 ? fields[7].flatMap { CivilDay($0) } : nil
        var factors: [String: TokenFactor] = [:]
        if lines.startsLine(with: "factors") { factors = self.factors(lines.line(), from: 1) }
        models[models.count - 1].prices.append(
          PriceEntry(
            from: Int64(text(fields, 1)) ?? 0, rates: rates(), factors: factors,
            recorded: fields[2].flatMap { CivilDay($0) }, source: fields[3],
            verified: fields[4].flatMap { CivilDay($0) },
            imported: imported.map { ImportedFrom(list: text(fields, 5), version: fields[6], on: $0) }))
      case "above":
        let tier = rates().map { PriceTier(aboveInputTokens: Int64(text(fields, 1)) ?? 0, rates: $0) }
        let (model, entry) = (models.count - 1, models[models.count - 1].prices.count - 1)
        if let tier { models[model].prices[entry].tiers.append(tier) }
      case "within":
        let ends = fields.dropFirst().compactMap { $0.flatMap { Int($0) } }
        let minutes = stride(from: 0, to: ends.count - 1, by: 2).map { ends[$0]..<ends[$0 + 1] }
        let (model, entry) = (models.count - 1, models[models.count - 1].prices.count - 1)
        if let rates = rates() {
          models[model].prices[entry].windows.append(PriceWindow(minutes: minutes, rates: rates))
        }
      default: break
      }
    }
    return models
  }

  /// Factors by mode, in pairs of fields.
  private func factors(_ fields: [String?], from first: Int) -> [String: TokenFactor] {
    stride(from: first, to: fields.count - 1, by: 2).reduce(into: [:]) { factors, place in
      factors[text(fields, place)] = TokenFactor(decimal: text(fields, place + 1))
    }
  }

  private func text(_ fields: [String?], _ place: Int) -> String { fields.count > place ? fields[place] ?? "" : "" }

  /// A line of rates by class; `nil` for an end.
  private mutating func rates() -> Rates? {
    let fields = lines.line().map { $0.flatMap { Rate(decimalPerMillion: $0) } }
    guard fields.count == TokenClass.allCases.count else { return nil }
    let by = Dictionary(uniqueKeysWithValues: zip(TokenClass.allCases, fields))
    guard let input = by[.input] ?? nil, let output = by[.output] ?? nil else { return nil }
    return Rates(
      input: input, output: output, cacheRead: by[.cacheRead] ?? nil, cacheWrite5m: by[.cacheWrite5m] ?? nil,
      cacheWrite1h: by[.cacheWrite1h] ?? nil)
  }
}
