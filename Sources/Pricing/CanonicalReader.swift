import Model

/// Reads models again from a text that `CanonicalText` made. It trusts the text: the program was built with it.
struct CanonicalReader {
  private let bytes: ArraySlice<UInt8>
  private var index: Int

  /// The models of a text, in its order.
  static func models(_ text: ArraySlice<UInt8>) -> [PricedModel] {
    var reader = CanonicalReader(bytes: text, index: text.startIndex)
    return reader.models()
  }

  /// The fields of one line.
  private mutating func line() -> [String?] {
    var fields: [String?] = []
    while index < bytes.endIndex {
      if bytes[index] == UInt8(ascii: "-") {
        fields.append(nil)
        index += 1
      } else {
        var length = 0
        while index < bytes.endIndex, bytes[index] != UInt8(ascii: ":") {
          length = length * 10 + Int(bytes[index] &- 0x30)
          index += 1
        }
        let start = index + 1
        index = min(start + length, bytes.endIndex)
        fields.append(String(decoding: bytes[start..<index], as: UTF8.self))
      }
      guard index < bytes.endIndex else { break }
      index += 1
      if bytes[index - 1] == 0x0A { break }
    }
    return fields
  }

  private mutating func models() -> [PricedModel] {
    var models: [PricedModel] = []
    while index < bytes.endIndex {
      let fields = line()
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
        for place in stride(from: 2, to: fields.count - 1, by: 2) {
          modifiers.factors[text(fields, place)] = TokenFactor(decimal: text(fields, place + 1))
        }
        models[models.count - 1].modifiers = modifiers
      case "from":
        let imported = fields.count > 7 ? fields[7].flatMap { CivilDay($0) } : nil
        models[models.count - 1].prices.append(
          PriceEntry(
            from: Int64(text(fields, 1)) ?? 0, rates: rates(), tiers: [], windows: [],
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

  private func text(_ fields: [String?], _ place: Int) -> String { fields.count > place ? fields[place] ?? "" : "" }

  /// A line of rates by class; `nil` for an end.
  private mutating func rates() -> Rates? {
    let fields = line().map { $0.flatMap { Rate(decimalPerMillion: $0) } }
    guard fields.count == TokenClass.allCases.count else { return nil }
    let by = Dictionary(uniqueKeysWithValues: zip(TokenClass.allCases, fields))
    guard let input = by[.input] ?? nil, let output = by[.output] ?? nil else { return nil }
    return Rates(
      input: input, output: output, cacheRead: by[.cacheRead] ?? nil, cacheWrite5m: by[.cacheWrite5m] ?? nil,
      cacheWrite1h: by[.cacheWrite1h] ?? nil)
  }
}
