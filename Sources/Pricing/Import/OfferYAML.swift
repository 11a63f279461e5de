import Model

/// Plans and currencies of the layer below as people write them in `pricing/*.yaml`.
enum OfferYAML {
  /// One file a provider; currencies in one of their own.
  static func files(of offers: ParsedFile) -> [PricingFile] {
    let plans = Dictionary(grouping: offers.plans) { $0.models.first?.value.provider ?? "" }
    var files = plans.sorted { $0.key < $1.key }.map { provider, plans in
      let lines = ["provider: \(EntryText.scalar(provider))", "plans:"] + plans.flatMap(lines)
      return PricingFile(name: provider, text: lines.joined(separator: "\n"))
    }
    if !offers.currencies.isEmpty {
      let lines = ["currencies:"] + offers.currencies.map(\.value).flatMap(lines)
      files.append(PricingFile(name: "currencies", text: lines.joined(separator: "\n")))
    }
    return files
  }

  private static func lines(_ currency: Currency) -> [String] {
    var lines = ["  - currency: \(currency.code)", "    rates:"]
    for rate in currency.rates {
      lines.append(
        "      - {from: \(EntryText.instant(rate.from)), usd: \"\(rate.dollars)\"\(origin(rate.source, rate.verified))}"
      )
    }
    return lines
  }

  private static func lines(_ plan: ParsedFile.PlanEntry) -> [String] {
    let models = plan.models.map { EntryText.quoted($0.value.description) }.joined(separator: ", ")
    var lines = [
      "  - plan: \(EntryText.scalar(plan.name.value))", "    kind: \(plan.kind.rawValue)", "    models: [\(models)]",
    ]
    if plan.billingDay != 1 { lines.append("    billing_day: \(plan.billingDay)") }
    if !plan.excludedModes.isEmpty {
      lines.append("    excluded_modes: [\(plan.excludedModes.sorted().joined(separator: ", "))]")
    }
    lines.append("    fees:")
    for entry in plan.fees { lines.append("      - {\(fee(entry.value, currency: entry.currency))}") }
    return lines
  }

  private static func fee(_ fee: PlanFee, currency: String?) -> String {
    var text = "from: \(EntryText.instant(fee.from))"
    func add(_ key: String, _ value: String?) { if let value { text += ", \(key): \"\(value)\"" } }
    func add(_ key: String, _ value: (some BinaryInteger)?) { if let value { text += ", \(key): \(value)" } }
    /// Files have the fee of one seat.
    func ofSeat(_ amount: Money?) -> String? { amount?.multiplied(by: 1, over: Int128(fee.seats)).description }
    add("currency", currency)
    if let hardware = fee.hardware {
      add("hardware", hardware.price.description)
      add("amortisation_months", hardware.amortisationMonths)
      add("watts", hardware.watts)
      add(
        "utilisation_hours_per_day",
        FixedPoint.formatShort(UInt128(hardware.hourThousandthsPerDay), places: 3))
      add("tariff_per_kwh", hardware.tariffPerKWh.description)
      add("other_monthly", hardware.otherMonthly.description)
      add("tokens_per_second", hardware.tokensPerSecond)
    } else if fee.monthly == nil {
      text += ", ends: true"
    } else {
      add(fee.annual == nil ? "monthly" : "annual", ofSeat(fee.annual ?? fee.monthly))
      if fee.seats != 1 { add("seats", fee.seats) }
      add("included_tokens", fee.includedTokens)
      add("overage_per_million", fee.overage?.description)
    }
    add("recorded", fee.recorded?.description)
    return text + origin(fee.source, fee.verified)
  }

  private static func origin(_ source: String?, _ verified: CivilDay?) -> String {
    (source.map { ", source: \(EntryText.quoted($0))" } ?? "") + (verified.map { ", verified: \($0)" } ?? "")
  }
}
