import Audit
import Model

/// Sentences about a row of a comparison.
extension ReconcileReport {
  /// What is the same of several rows is said once.
  func remarks(_ section: Section, _ rows: [Row], quote: (String) -> String) -> [String] {
    var said: [(words: String, rows: [Row])] = []
    var places: [String: Int] = [:]
    for row in rows {
      for words in remarks(section, row, quote: quote).map({ section.isClaim ? Self.ofClaim($0) : $0 }) {
        let text = "\(row.mode ?? "") \(words)"
        if let place = places[text] {
          said[place].rows.append(row)
        } else {
          places[text] = said.count
          said.append((words, [row]))
        }
      }
    }
    return said.map { "\(when($0.rows)): \($0.words)" }
  }

  /// Of a claim what is said of a bill.
  static func ofClaim(_ words: String) -> String {
    words.replacing("the bill", with: "the claim").replacing("The bill", with: "The claim").replacing(
      ": bill ", with: ": claim ")
  }

  /// `2026-06-24 to 2026-06-26, each`, or `2 rows from 2026-06-24 to 2026-06-30, each`, and the mode.
  private func when(_ rows: [Row]) -> String {
    guard let first = rows.first, let last = rows.last, rows.count > 1 else { return rows.first.map(when) ?? "" }
    let span = first.days.lowerBound...max(first.days.lowerBound, last.days.upperBound)
    let isWhole = zip(rows, rows.dropFirst()).allSatisfy { $0.days.upperBound.advanced(by: 1) == $1.days.lowerBound }
    let what = rows.allSatisfy { $0.days.lowerBound == $0.days.upperBound } ? "days" : "rows"
    return (isWhole ? "" : "\(rows.count) \(what) from ") + "\(Figures.days(span)), each"
      + (first.mode.map { ", \($0)" } ?? "")
  }

  private func remarks(_ section: Section, _ row: Row, quote: (String) -> String) -> [String] {
    var lines: [String] = []
    if !row.unpriced.isEmpty { lines.append(withoutPrice(row, quote)) }
    if row.isBilled, row.tableCost != nil {
      lines.append(
        section.isClaim
          ? "LiteLLM's spend is 0, which it also writes where it knows no price: the tokens are priced by the table"
          : "the bill names tokens and no money: they are priced by the table")
    }
    if row.withoutAmount > 0 {
      lines.append(
        "\(Figures.count(row.withoutAmount, "request")) \(row.withoutAmount == 1 ? "has" : "have") a spend of 0, which "
          + "LiteLLM also writes where it knows no price: not compared")
    }
    if let ofKeys = row.ofKeys {
      lines.append(
        "the ledger has more than went by the keys that were asked for (\(Self.money(ofKeys))), and does not tell keys: "
          + "compared with what the bill has by all of its keys")
    }
    if !row.untoldModes.isEmpty || !row.recordedModes.isEmpty { lines.append(ofModes(row)) }
    lines += ofTwoFiles(row)
    if let shifted = row.shifted { lines.append(words(shifted)) }
    if !row.modesWithoutPrice.isEmpty, !row.rates.isEmpty {
      lines.append(
        "the table has no price of its own for \(row.modesWithoutPrice.joined(separator: " and ")) use of this model: the "
          + "bill is held against its usual one")
    }
    if row.mended != .zero { lines.append(mended(row)) }
    lines += row.rates.filter(Self.isShown).map(words)
    if let currency = section.currency, let rise = row.commonRise, abs(rise) >= 5 {
      lines.append(words(rise, of: currency))
    }
    if let repriced = row.repriced, row.difference != nil,
      Self.money(repriced.billed) != Self.money(repriced.listed)
    {
      lines.append(words(repriced))
    }
    if !row.folded.isEmpty {
      lines.append(
        "compared among the bill's input, which does not list them apart: \(list(row.folded)) tokens that were measured"
      )
    }
    if !row.isBilled {
      if let missing = missing(section, row) { lines.append(missing) }
    } else if let matched = row.matched {
      lines += remarks(section, row, matched)
    } else {
      lines += requests(section, row)
    }
    if let limit = row.limit { lines.append(words(limit, row)) }
    // Where nothing is unexplained, so much more costs nothing.
    if let open = unexplained(row) {
      lines.append(open)
    } else if let tokens = more(row) {
      lines.append("the bill has \(tokens) tokens more than were measured, and no more requests")
    }
    return lines
  }

  /// Ways of use with prices of their own that only the bill tells.
  private func ofModes(_ row: Row) -> String {
    let modes = (row.untoldModes.isEmpty ? row.recordedModes : row.untoldModes).joined(separator: " and ")
    let isRecorded = Set(row.untoldModes).isSubset(of: row.recordedModes)
    let start =
      row.untoldModes.isEmpty
      ? "the ledger's records name \(modes) use and the bill does not: all are compared as one, "
      : "the bill tells \(modes) use apart and the ledger's records do not\(isRecorded ? " for all of it" : ""): all are "
        + "compared as one, "
    guard row.modePrice != .zero else { return start + "at the table's usual prices" }
    return start + "at the table's \(row.untoldModes.isEmpty ? "usual prices" : "prices of each"), by which the "
      + "measured tokens cost \(Self.money(row.modePrice.magnitude)) \(row.modePrice < .zero ? "less" : "more") than the ledger has"
  }

  /// What one of two files has alone.
  private func ofTwoFiles(_ row: Row) -> [String] {
    var lines: [String] = []
    if row.withoutTokens != .zero {
      lines.append(
        "\(Self.money(row.withoutTokens)) of the bill is for a key, a workspace, a project or a kind of tokens of which its "
          + "tokens have nothing: not explained; give the tokens of all of them, too")
    }
    if !row.withoutMoney.isEmpty {
      lines.append(
        "the bill has \(list(row.withoutMoney)) tokens without any money for them, which may come later or stand in "
          + "another file: they are compared with nothing")
    }
    if !row.openByClass.isEmpty {
      let classes = TokenClass.allCases.compactMap { tokenClass in
        row.openByClass[tokenClass].map {
          "\(Self.money($0.magnitude)) \($0 < .zero ? "less" : "more") for \(tokenClass.name) tokens"
        }
      }
      lines.append("the bill charges \(classes.joined(separator: ", ")) than the ledger has: not explained")
    }
    return lines
  }

  private func words(_ shifted: Reconciliation.Shift) -> String {
    "the bill has \(Figures.count(shifted.tokens)) tokens as \(shifted.to.name) that were measured as \(shifted.from.name): "
      + "\(Self.money(shifted.price.magnitude)) \(shifted.price < .zero ? "less" : "more") at the table's prices"
  }

  private func words(_ rate: Reconciliation.RateDifference) -> String {
    let price =
      "price of \(rate.tokenClass.map { "\($0.name) tokens" } ?? "all classes together"): bill "
      + Self.rate(rate.bill, isStated: rate.isStated, other: rate.table)
    guard let table = rate.table else { return "\(price) dollars a million tokens, and none in the table" }
    // What all classes cost together stands in no table.
    let own = Self.rate(table, isStated: rate.tokenClass != nil, other: rate.bill)
    if rate.isInTable {
      return "\(price), which the table has, too, for other hours or prompts; \(own) for those that the records tell, "
        + "dollars a million tokens"
    }
    return "\(price), table \(own)\(rate.since.map { " since \($0)," } ?? "") dollars a million tokens"
  }

  /// A rate with its own places; one that was divided out of amounts and tokens with as many as leave it within half
  /// a percent of itself, and two percent of its difference from the other one.
  private static func rate(_ rate: ExactAmount, isStated: Bool, other: ExactAmount?) -> String {
    let own = (ExactAmount(rate.rounded(places: 6)) ?? rate)
    if isStated { return own.description }
    let slack = min(
      rate.magnitude.multiplied(by: 1, over: 200),
      (other.map { rate - $0 } ?? rate).magnitude.multiplied(by: 1, over: 50))
    let short = (0..<6).lazy.compactMap { ExactAmount(rate.rounded(places: $0)) }
      .first { ($0 - rate).magnitude <= slack }
    return short.map { $0 == rate ? $0.description : "about \($0)" } ?? "about \(own)"
  }

  /// Whether the rates differ as far as they are shown: an exchange leaves some billionths.
  private static func isShown(_ rate: Reconciliation.RateDifference) -> Bool {
    rate.table?.rounded(places: 6) != rate.bill.rounded(places: 6)
  }

  private func words(_ rise: Int128, of currency: String) -> String {
    let percent = ExactAmount(units: ExactAmount.one.units / 1000 * abs(rise)).rounded(places: 2)
    return
      "every price is \(percent) % \(rise > 0 ? "above" : "below") the table's: the exchange rate of \(currency) may be "
      + "what differs, and not the prices"
  }

  private func words(_ repriced: Reconciliation.Repriced) -> String {
    "the tokens beyond the measured ones stand at the bill's prices, \(Self.money(repriced.billed)); at the table's they cost "
      + Self.money(repriced.listed)
  }

  /// Why an amount is not explained, where nothing else says so.
  private func unexplained(_ row: Row) -> String? {
    // What has a sentence of its own is none of it.
    let amount = row.openByClass.isEmpty ? row.causes.unexplained - row.withoutTokens : .zero
    // Two files of a provider that differ, and requests that cannot cost so much, have sentences of their own.
    guard amount.rounded(places: 6) != "0.000000", row.mended == .zero, !row.exceedsLimit else {
      return nil
    }
    guard let totals = row.totals else { return unexplained(amount, row) }
    let (tokens, isMore) = (abs(totals.billed - totals.measured), totals.billed > totals.measured)
    return
      "the bill has \(Figures.count(tokens)) tokens \(isMore ? "more" : "fewer") than were measured, which cost at most "
      + "\(Self.money(totals.most)), all at \(totals.rate) dollars a million: \(Self.money(amount)) is not explained by them"
  }

  private func unexplained(_ amount: ExactAmount, _ row: Row) -> String {
    let money = Self.money(amount)
    if row.isOfUnknownPrice {
      return "the ledger has no such request, and the table no price for it: nothing tells what of \(money) is right"
        + cures(row)
    }
    if let tokens = more(row) {
      return "the bill has \(tokens) tokens more than were measured, and no more requests: \(money) is not explained"
    }
    if row.answered == 0, row.billedRequests == nil, row.beyond == nil {
      return "the ledger has none of it, and the bill tells neither its tokens nor its requests: nothing explains "
        + "\(money); where the provider lists tokens in another file, give both"
    }
    if row.beyond != nil || row.matched != nil, amount > .zero {
      return "\(money) is more than another price of the tokens that the bill tells: not explained"
    }
    return "\(money) of the difference is explained by nothing that is told"
  }

  /// The tokens of measured requests beyond what was measured; `nil` where there are none.
  private func more(_ row: Row) -> String? {
    let isOfMeasured = row.unmeasured == 0 && row.billedRequests.map { $0 <= Int64(row.answered) } ?? false
    let tokens = (row.matched != nil ? row.ofMeasured : isOfMeasured ? row.beyond ?? [:] : [:]).filter { $0.value > 0 }
    return tokens.isEmpty ? nil : list(tokens)
  }

  /// What is not known where there is no price, and what ends that.
  private func withoutPrice(_ row: Row, _ quote: (String) -> String) -> String {
    let models = row.unpriced.map { quote($0.description) }.joined(separator: ", ")
    return "no price in the table applies to these requests to \(models): what they cost is not known, and nothing is "
      + "explained" + (row.isBilled && row.isPricedHere ? "; the bill names no money either" : "") + cures(row)
  }

  private func cures(_ row: Row) -> String { row.cures.map { "; \($0)" }.joined() }

  /// What two files of a provider differ by.
  private func mended(_ row: Row) -> String {
    "the provider charges \(Self.money(row.mended.magnitude)) \(row.mended < .zero ? "less" : "more") than its own "
      + "tokens at its own prices"
      + (row.causes.adjustment == .zero
        ? ", too much for the same use: files may be of two accounts or currencies" : "")
  }

  /// Use of the ledger that the bill has nothing of. A whole day is said once for all models.
  private func missing(_ section: Section, _ row: Row) -> String? {
    guard row.answered > 0, !section.missingDays.contains(row.days.lowerBound) else { return nil }
    return
      "\(subject(section)) has nothing of this model\(row.mode == nil ? "" : " in this mode"), the ledger \(use([row]))\(notExplained([row]))"
  }

  private func notExplained(_ rows: [Row]) -> String {
    let open = rows.reduce(0) { $0 + $1.unknownMissing }
    return open == 0 ? "" : ": what \(Figures.count(open, "unmeasured request")) cost is not explained"
  }

  /// `5 requests, $0.12 at the table's prices`.
  private func use(_ rows: [Row]) -> String {
    let (answered, unmeasured) = (rows.reduce(0) { $0 + $1.answered }, rows.reduce(0) { $0 + $1.unmeasured })
    let costs = rows.compactMap(\.ledger)
    let all = Figures.count(answered, "request")
    let unknown = rows.reduce(0) { $0 + $1.unknownMissing }
    guard unmeasured < answered else {
      if unknown == 0, costs.count == rows.count { return "\(all), which cost nothing by the table" }
      return "\(all), none of them measured, so that their cost is not known"
    }
    let known = rows.filter { $0.unknownMissing < $0.answered }
    guard costs.count == known.count else { return "\(all), not all of which have a price in the table" }
    let cost = "\(Self.money(costs.reduce(.zero, +))) at the table's prices"
    return unmeasured == 0
      ? "\(all), \(cost)" : "\(all), \(Figures.count(unmeasured)) of them unmeasured, and the others \(cost)"
  }

  private func subject(_ section: Section) -> String {
    section.isOfKeys ? "what the bill has by the keys that were asked for" : "the bill"
  }

  /// Days that only one side has.
  func absences(_ section: Section, _ quote: (String) -> String) -> [String] {
    var sentences: [String] = []
    if let days = listed(section.missingDays) {
      let rows = section.result.rows.filter { section.missingDays.contains($0.days.lowerBound) && !$0.isBilled }
      sentences.append(
        "\(subject(section).withCapital) has nothing of \(days), inside its period: missing are \(use(rows))\(notExplained(rows))"
      )
    }
    if let outside = section.outside {
      sentences.append(
        "The ledger has \(Figures.count(outside.requests, "request")) to \(quote(section.provider)) outside the bill's "
          + "period, on \(Figures.count(outside.count, "day")) (\(Figures.days(outside.days))): not compared")
    }
    return sentences
  }

  /// `2026-06-24`, or `3 days from 2026-06-24 to 2026-06-30`; `nil` for none.
  func listed(_ days: [CivilDay]) -> String? {
    guard let first = days.first, let last = days.last else { return nil }
    return days.count == 1 ? "\(first)" : "\(days.count) days from \(first) to \(last)"
  }

  /// What the numbers of requests tell, where the bill has sums.
  private func requests(_ section: Section, _ row: Row) -> [String] {
    guard let billed = row.billedRequests.map(Int.init) else { return withoutRequests(row).map { [$0] } ?? [] }
    var lines: [String] = []
    if billed > row.answered {
      let more = Figures.count(billed - row.answered, "request")
      lines.append(
        row.unmeasured > 0
          ? "\(row.unmeasured) unmeasured of \(Figures.count(row.answered, "request")), and \(more) that nobody here sent: "
            + "\(Self.money(row.causes.together)) together"
          : row.mode != nil && row.answered == 0
            ? "\(more) of a mode that no record here names: another client or machine with the key, deleted logs, or "
              + "records that do not tell it"
            : "\(more) that this ledger never saw: another client or machine with the key, or deleted logs")
    } else if billed < row.answered {
      lines.append(
        "the bill has \(Figures.count(billed, "request")), the ledger \(Figures.count(row.answered)): "
          + "late rows, or answers that were not charged" + net(row, billed))
    } else if row.tellsUnmeasured, let beyond = row.beyond {
      lines.append(measured(row.unmeasured, beyond))
    } else if row.causes.unmeasured > .zero, let totals = row.totals, totals.billed > totals.measured {
      lines.append(
        "the \(Self.unmeasured(row.unmeasured)) \(row.unmeasured == 1 ? "was" : "were") "
          + "\(Figures.count(totals.billed - totals.measured)) tokens\(row.unmeasured == 1 ? "" : " together"), by the "
          + "bill, which does not tell their classes")
    }
    if let fewer = fewer(row) { lines.append(fewer) }
    return lines
  }

  /// What a bill of fewer requests tells of unmeasured ones. Measured requests that it lacks are taken off it in its sums.
  private func net(_ row: Row, _ billed: Int) -> String {
    let (unmeasured, isMixed) = (row.causes.unmeasured, row.unmeasured > 0 && row.unmeasured < row.answered)
    let owed = "\(Self.money(unmeasured)) belong to \(charged(row, billed))"
    guard isMixed else { return unmeasured > .zero ? "; \(owed)" : "" }
    return (unmeasured > .zero ? "; at least \(owed), net of requests that the bill lacks" : "")
      + (row.causes.missing < .zero ? "; what is missing is at least its amount, net of unmeasured requests" : "")
  }

  /// Which unmeasured requests a bill of fewer requests than the ledger has can charge.
  private func charged(_ row: Row, _ billed: Int) -> String {
    let (least, most) = (max(0, billed - row.answered + row.unmeasured), min(billed, row.unmeasured))
    let all = Self.unmeasured(row.unmeasured)
    if row.unmeasured == 1 { return "the \(all)" }
    let few = max(1, least)
    return (few < most ? "\(Figures.count(few)) to " : "") + "\(Figures.count(most)) of the \(all)"
  }

  private func withoutRequests(_ row: Row) -> String? {
    guard row.causes.together != .zero else { return fewer(row) }
    let told =
      row.beyond == nil ? "the bill tells neither requests nor tokens to compare" : "the bill counts no requests"
    return "\(told); \(Self.money(row.causes.together)) belong to the "
      + "\(Self.unmeasured(row.unmeasured)), to requests from elsewhere, or to both"
  }

  /// Tokens that were measured, and that the bill does not have.
  private func fewer(_ row: Row) -> String? {
    let lacking = (row.matched == nil ? row.beyond ?? [:] : row.ofMeasured)
      .filter { $0.value < 0 && row.withoutMoney[$0.key] == nil }.mapValues { .zero - $0 }
    guard !lacking.isEmpty else { return nil }
    return "the bill has \(list(lacking)) tokens fewer than were measured"
  }

  /// What became of single requests.
  private func remarks(_ section: Section, _ row: Row, _ matched: Reconciliation.Matched) -> [String] {
    var lines: [String] = []
    if matched.others > 0 {
      lines.append(
        "\(Figures.count(matched.others, "request")) of the bill, \(Self.money(row.causes.others)), that this "
          + "ledger never saw: another client or machine with the key, or deleted logs")
    }
    if matched.missing > 0 {
      lines.append(
        "\(Figures.count(matched.missing, "request")) of the ledger that the bill has not: late rows, or "
          + "answers that were not charged")
    }
    if row.tellsUnmeasured, let beyond = row.beyond { lines.append(measured(row.toldRequests, beyond)) }
    if let fewer = fewer(row) { lines.append(fewer) }
    if row.untoldRequests > 0 {
      lines.append(
        "\(Figures.count(row.untoldRequests, "unmeasured request")) \(row.untoldRequests == 1 ? "stands" : "stand") in the "
          + "bill with 0 tokens, which measures nothing")
    }
    return lines
  }

  private func measured(_ count: Int, _ beyond: [TokenClass: Int64]) -> String {
    "the \(Self.unmeasured(count)) \(count == 1 ? "was" : "were") \(list(beyond)) tokens"
      + "\(count == 1 ? "" : " together"), by the bill"
  }

  /// What cannot be checked against tokens, and what no request can have cost.
  private func words(_ limit: Reconciliation.Limit, _ row: Row) -> String {
    let tokens = Figures.count(Reconciliation.Limit.tokens)
    let most =
      "\(Self.money(limit.most)) for \(Figures.count(limit.requests, "request")) of at most \(tokens) tokens, all at "
      + "\(limit.rate) dollars a million"
    return row.exceedsLimit
      ? "more than requests can cost: \(most)"
      : "without tokens to compare, all that can be checked of the amount of these requests is that it is not above "
        + most
  }

  private func list(_ tokens: [TokenClass: Int64]) -> String {
    TokenClass.allCases.compactMap { tokenClass in
      tokens[tokenClass].flatMap { $0 == 0 ? nil : "\(Figures.count($0)) \(tokenClass.name)" }
    }.joined(separator: ", ")
  }

  /// Behind “the”: `unmeasured request`, or `2 unmeasured requests`.
  private static func unmeasured(_ count: Int) -> String {
    count == 1 ? "unmeasured request" : Figures.count(count, "unmeasured request")
  }
}
