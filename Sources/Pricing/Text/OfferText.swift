import Model

/// The plans and currencies of a layer as `FieldLines`, as they stand in its files: amounts in the currency of each fee,
/// because an own folder's exchange rate counts for them too.
struct OfferText {
  private var lines = FieldLines()

  /// The text of what the files say.
  /// - Parameter offers: the plans of the files' table, which knows each plan's models by their own names.
  static func text(of files: [ParsedFile], offers: [Plan]) -> String {
    var text = OfferText()
    for currency in files.flatMap(\.currencies).map(\.value) { text.add(currency) }
    for plan in files.flatMap(\.plans) {
      guard let offer = offers.first(where: { $0.name == plan.name.value }) else { continue }
      text.add(plan, models: offer.models + offer.patterns)
    }
    return text.lines.text
  }

  private mutating func add(_ currency: Currency) {
    lines.line(["currency", currency.code])
    for rate in currency.rates {
      lines.line(["worth", "\(rate.from)", rate.dollars.description, rate.source, rate.verified?.description])
    }
  }

  private mutating func add(_ plan: ParsedFile.PlanEntry, models: [ModelID]) {
    lines.line(
      ["plan", plan.name.value, plan.kind.rawValue, "\(plan.billingDay)"]
        + models.flatMap { [$0.provider, $0.model] })
    if !plan.excludedModes.isEmpty { lines.line(["excluded modes"] + plan.excludedModes.sorted()) }
    for entry in plan.fees {
      let fee = entry.value
      lines.line([
        "fee", "\(fee.from)", entry.currency, fee.annual == nil ? fee.monthly?.description : nil,
        fee.annual?.description, "\(fee.seats)", fee.includedTokens.map { "\($0)" }, fee.overage?.description,
        fee.source, fee.verified?.description, fee.recorded?.description,
      ])
      guard let hardware = fee.hardware else { continue }
      lines.line([
        "hardware", hardware.price.description, "\(hardware.amortisationMonths)", "\(hardware.watts)",
        "\(hardware.hourThousandthsPerDay)", hardware.tariffPerKWh.description, hardware.otherMonthly.description,
        hardware.tokensPerSecond.map { "\($0)" },
      ])
    }
  }

  /// What a text says, as a file that holds nothing else.
  static func read(_ text: ArraySlice<UInt8>) -> ParsedFile {
    var file = ParsedFile()
    let place = Place(file: "built-in", line: 1, column: 1)
    var reader = FieldReader(text)
    while !reader.isAtEnd {
      let fields = reader.line()
      func text(_ place: Int) -> String? { fields.indices.contains(place) ? fields[place] : nil }
      func number(_ place: Int) -> Int? { text(place).flatMap { Int($0) } }
      func money(_ place: Int) -> Money? { text(place).flatMap { Money(decimal: $0) } }
      func day(_ place: Int) -> CivilDay? { text(place).flatMap { CivilDay($0) } }
      switch text(0) {
      case "currency":
        file.currencies.append(Placed(value: Currency(code: text(1) ?? "", rates: []), place: place))
      case "worth":
        file.currencies[file.currencies.count - 1].value.rates.append(
          CurrencyRate(
            from: Int64(number(1) ?? 0), dollars: money(2) ?? .dollar, source: text(3), verified: day(4)))
      case "plan":
        let models = stride(from: 4, to: fields.count - 1, by: 2).map { index in
          Placed(value: ModelID(provider: text(index) ?? "", model: text(index + 1) ?? ""), place: place)
        }
        file.plans.append(
          ParsedFile.PlanEntry(
            name: Placed(value: text(1) ?? "", place: place), kind: PlanKind(rawValue: text(2) ?? "") ?? .subscription,
            models: models, fees: [], billingDay: number(3) ?? 1))
      case "excluded modes":
        file.plans[file.plans.count - 1].excludedModes = Set(fields.dropFirst().compactMap(\.self))
      case "fee":
        let fee = PlanFee(
          from: Int64(number(1) ?? 0), monthly: money(3), annual: money(4), seats: number(5) ?? 1,
          includedTokens: number(6).map(Int64.init), overage: text(7).flatMap { Rate(decimalPerMillion: $0) },
          source: text(8), verified: day(9), recorded: day(10))
        file.plans[file.plans.count - 1].fees.append(
          CurrencyConversion.Entry(value: fee, from: fee.from, currency: text(2), place: place))
      case "hardware":
        let plan = file.plans.count - 1
        let last = file.plans[plan].fees.count - 1
        file.plans[plan].fees[last].value.hardware = OwnHardware(
          price: money(1) ?? .zero, amortisationMonths: number(2) ?? 1, watts: number(3) ?? 0,
          hourThousandthsPerDay: number(4) ?? 0, tariffPerKWh: money(5) ?? .zero, otherMonthly: money(6) ?? .zero,
          tokensPerSecond: number(7))
      default: break
      }
    }
    return file
  }
}
