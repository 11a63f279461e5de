import Model
import Pricing

/// One class of tokens: what a bill charges against what the ledger measured. Pure.
///
/// What the bill charges for measured tokens beside the table's rates is a price. Tokens beyond the measured ones cost what
/// the bill charges for them, and measured ones that the bill does not have what the table says.
struct ClassComparison {
  /// Tokens that the bill charges at one rate.
  struct Charge {
    var tokens: Int64
    var cost: ExactAmount
    /// The most that rounding made of the cost.
    var rounding = ExactAmount.zero
    /// Whether the bill names the rate; else it is a mean of what it may have charged at several.
    var isStated = false

    /// Dollars for a million tokens.
    var perMillion: ExactAmount { cost.multiplied(by: 1_000_000, over: Int128(tokens)) }

    /// Whether it is at a rate, as far as its rounding lets tell.
    func isAt(_ rate: Rate?) -> Bool {
      guard let rate else { return false }
      return (cost - rate.exact * tokens).magnitude <= rounding
    }
  }

  /// Other rates than the table's, times the measured tokens.
  private(set) var price = ExactAmount.zero
  /// What the bill charges for tokens beyond the measured ones.
  private(set) var beyond = ExactAmount.zero
  /// What these cost at the table's rates; at the bill's where it has none.
  private(set) var listedBeyond = ExactAmount.zero
  /// What measured tokens cost at the table's rates that the bill does not have; not below zero.
  private(set) var lacking = ExactAmount.zero
  /// What rounding made.
  private(set) var rounding = ExactAmount.zero
  /// The rates that differ: dollars for a million tokens by the bill, and the table's.
  private(set) var rates: [(bill: ExactAmount, table: Rate?, isStated: Bool)] = []

  private var charges: [Charge]
  private var parts: [LedgerUse.Part]
  /// The rates that the table has for the class.
  private let known: [Rate]

  /// - Parameters:
  ///   - charges: by rate; each has tokens.
  ///   - parts: the measured tokens by the table's rate.
  ///   - known: the rates that the table has for the class at that time, the parts' among them.
  init(charges: [Charge], parts: [LedgerUse.Part], known: [Rate]) {
    self.charges = charges.sorted { $0.perMillion < $1.perMillion }
    self.parts = parts.filter { $0.tokens != 0 }.sorted {
      ($0.rate?.picodollarsPerToken ?? -1) < ($1.rate?.picodollarsPerToken ?? -1)
    }
    self.known = known
    if charges.count == 1, !charges[0].isStated, isMixture(charges[0]) { return }
    let whole = self.charges
    let own = dropRounding()
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
    for place in whole.indices { addRest(place, whole, at: own[place]) }
    for part in self.parts { lacking = lacking + (part.rate?.exact ?? .zero) * part.tokens }
  }

  /// Whether one sum is what the measured tokens cost, each at its own rate, and those beyond them at rates of the table.
  private mutating func isMixture(_ charge: Charge) -> Bool {
    guard parts.allSatisfy({ $0.rate != nil }), let low = known.min(), let high = known.max() else { return false }
    let rest = charge.tokens - parts.reduce(0) { $0 + $1.tokens }
    guard rest >= 0 else { return false }
    let left = charge.cost - parts.reduce(.zero) { $0 + ($1.rate?.exact ?? .zero) * $1.tokens }
    let own = min(max(left, low.exact * rest), high.exact * rest)
    guard (left - own).magnitude <= charge.rounding else { return false }
    (beyond, listedBeyond, rounding) = (own, own, left - own)
    return true
  }

  /// Charges at a rate of the table are taken as exact; what is beside that is rounding.
  /// - Returns: for each charge that rate.
  private mutating func dropRounding() -> [Rate?] {
    let rates = parts.compactMap(\.rate) + known
    return charges.indices.map { place in
      guard let rate = rates.first(where: { charges[place].isAt($0) }) else { return nil }
      let exact = rate.exact * charges[place].tokens
      rounding = rounding + charges[place].cost - exact
      charges[place].cost = exact
      return rate
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
    name(whole[place], rate)
  }

  /// Adds what is left of a charge: tokens beyond the measured ones.
  /// - Parameter own: the table's rate that the charge is at; `nil` where it is at none.
  private mutating func addRest(_ place: Int, _ whole: [Charge], at own: Rate?) {
    let charge = charges[place]
    guard charge.tokens > 0 else { return }
    let bill = whole[place].perMillion
    if !charge.isStated, let usual = known.first, let highest = known.max(),
      Reconciliation.isNoPrice(charge.cost, of: highest.exact * charge.tokens)
    {
      beyond = beyond + usual.exact * charge.tokens
      listedBeyond = listedBeyond + usual.exact * charge.tokens
      return name(whole[place], usual)
    }
    beyond = beyond + charge.cost
    let nearest = known.min { ($0.perMillion - bill).magnitude < ($1.perMillion - bill).magnitude }
    guard let rate = own ?? nearest else {
      listedBeyond = listedBeyond + charge.cost
      return
    }
    listedBeyond = listedBeyond + rate.exact * charge.tokens
    if own == nil { name(whole[place], rate) }
  }

  private mutating func name(_ charge: Charge, _ table: Rate?) {
    let bill = charge.perMillion
    if !rates.contains(where: { $0.bill == bill && $0.table == table }) { rates.append((bill, table, charge.isStated)) }
  }
}

extension Rate {
  /// Dollars for a million tokens.
  fileprivate var perMillion: ExactAmount { exact * 1_000_000 }
}
