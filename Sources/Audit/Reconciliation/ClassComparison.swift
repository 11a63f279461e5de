import Model
import Pricing

/// One class of tokens: what a bill charges against what the ledger measured. Pure.
struct ClassComparison {
  /// Tokens that the bill charges at one rate.
  struct Charge {
    var tokens: Int64
    var cost: ExactAmount
    /// The most that rounding made of the cost.
    var rounding = ExactAmount.zero

    /// Dollars for a million tokens.
    var perMillion: ExactAmount { cost.multiplied(by: 1_000_000, over: Int128(tokens)) }

    /// Whether it is at a rate, as far as its rounding lets tell.
    func isAt(_ rate: Rate?) -> Bool {
      guard let rate else { return false }
      return (cost - rate.exact * tokens).magnitude <= rounding
    }
  }

  /// Another rate than the table's, times the measured tokens.
  private(set) var price = ExactAmount.zero
  /// What the bill charges for tokens beyond the measured ones.
  private(set) var beyond = ExactAmount.zero
  /// What measured tokens cost that the bill does not charge; not below zero.
  private(set) var lacking = ExactAmount.zero
  /// What rounding made.
  private(set) var rounding = ExactAmount.zero
  /// The rates that differ: dollars for a million tokens by the bill, and the table's.
  private(set) var rates: [(bill: ExactAmount, table: Rate?)] = []

  private var charges: [Charge]
  private var parts: [LedgerUse.Part]
  /// For each part the charge, as it came, that it was priced by where that is at another rate.
  private var repriced: [Charge?]

  /// - Parameters:
  ///   - charges: by rate; each has tokens.
  ///   - parts: the measured tokens by the table's rate.
  init(charges: [Charge], parts: [LedgerUse.Part]) {
    self.charges = charges.sorted { $0.perMillion < $1.perMillion }
    self.parts = parts.filter { $0.tokens != 0 }.sorted {
      ($0.rate?.picodollarsPerToken ?? -1) < ($1.rate?.picodollarsPerToken ?? -1)
    }
    repriced = Array(repeating: nil, count: self.parts.count)
    let whole = self.charges
    dropRounding()
    if charges.count == self.parts.count {
      // Cheap with cheap: off-peak is the lower rate on both sides.
      for place in whole.indices { settle(place, place, whole) }
    } else {
      for part in self.parts.indices {
        if let charge = whole.firstIndex(where: { $0.isAt(self.parts[part].rate) }) { settle(charge, part, whole) }
      }
    }
    // Measured tokens that are not found at their rate were charged at another one.
    for part in self.parts.indices {
      for charge in whole.indices { settle(charge, part, whole) }
    }
    for charge in self.charges { beyond = beyond + charge.cost }
    for (part, other) in zip(self.parts, repriced) where part.tokens != 0 {
      let own = (part.rate?.exact ?? .zero) * part.tokens
      let billed = other.map { $0.cost.multiplied(by: Int128(part.tokens), over: Int128($0.tokens)) } ?? own
      price = price + billed - own
      lacking = lacking + billed
    }
  }

  /// Charges at a rate of the table are taken as exact; what is beside that is rounding.
  private mutating func dropRounding() {
    for place in charges.indices {
      guard let rate = parts.first(where: { charges[place].isAt($0.rate) })?.rate else { continue }
      let exact = rate.exact * charges[place].tokens
      rounding = rounding + charges[place].cost - exact
      charges[place].cost = exact
    }
  }

  /// Takes the tokens that a charge and a part have in common.
  private mutating func settle(_ place: Int, _ part: Int, _ whole: [Charge]) {
    let tokens = min(charges[place].tokens, parts[part].tokens)
    guard tokens > 0 else { return }
    let cost = charges[place].cost.multiplied(by: Int128(tokens), over: Int128(charges[place].tokens))
    charges[place].tokens -= tokens
    charges[place].cost = charges[place].cost - cost
    parts[part].tokens -= tokens
    let rate = parts[part].rate
    guard !whole[place].isAt(rate) else { return }
    price = price + cost - (rate?.exact ?? .zero) * tokens
    repriced[part] = whole[place]
    let bill = whole[place].perMillion
    if !rates.contains(where: { $0.bill == bill && $0.table == rate }) { rates.append((bill, rate)) }
  }
}
