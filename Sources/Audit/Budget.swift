package import Model
package import Pricing

/// What somebody wants to spend at most in a day, a week or a month.
package struct Budget: Hashable, Sendable {
  /// How long it lasts. Weeks begin on Monday.
  package enum Period: String, CaseIterable, Sendable {
    case day, week, month

    /// The days of the period that a day lies in.
    package func days(of day: CivilDay) -> ClosedRange<CivilDay> {
      switch self {
      case .day: day...day
      case .week: day.firstOfWeek...day.firstOfWeek.advanced(by: 6)
      case .month: day.firstOfMonth...day.firstOfNextMonth.advanced(by: -1)
      }
    }
  }

  package enum Subject: Hashable, Sendable {
    case all
    case provider(String)
    case model(ModelID)
    case plan(String)
    /// What one origin pays by the token.
    case origin(String)
  }

  package var amount: Money
  package var period: Period
  package var subject: Subject
  /// At which shares of it people are told, rising.
  package var warnAt: [Ratio]

  package init(amount: Money, period: Period, subject: Subject, warnAt: [Ratio]) {
    self.amount = amount
    self.period = period
    self.subject = subject
    self.warnAt = warnAt.sorted()
  }

  /// What it is for, in words: `openrouter, a month`.
  package var name: String {
    let subject =
      switch subject {
      case .all: "everything"
      case .provider(let name): name
      case .model(let model): model.description
      case .plan(let name): "plan \(name)"
      case .origin(let name): "origin \(name)"
      }
    return "\(subject), a \(period.rawValue)"
  }
}

/// A budget of something that nobody knows: nothing can ever be spent on it.
package struct UnknownBudget: Hashable, Sendable {
  package var budget: Budget
  /// What was meant, where something is called alike.
  package var meant: String?

  package init(_ budget: Budget, meant: String?) {
    self.budget = budget
    self.meant = meant
  }
}

/// How much of a budget is spent.
package struct BudgetState: Hashable, Sendable {
  package var budget: Budget
  /// Its days, of which only those through today have passed.
  package var days: ClosedRange<CivilDay>
  /// What is known to be spent, searches of the web included; requests without measured tokens or a price are not in it.
  package var spent: Money
  /// How many answered requests `spent` lacks.
  package var unknown: Int
  /// Whether all of its days are over, so that nothing more is spent.
  package var hasEnded = false

  /// The part that is spent.
  package var share: Ratio? { Ratio(spent, over: budget.amount) }
  /// Whether more is spent than was meant to be.
  package var isOver: Bool { spent > budget.amount }
  /// The highest of its thresholds that is reached; `nil` below all.
  package var reached: Ratio? {
    budget.warnAt.last { spent >= budget.amount.multiplied(by: Int128($0.millionths), over: 1_000_000) }
  }

  init(_ budget: Budget, days: ClosedRange<CivilDay>, spent: Money, unknown: Int) {
    self.budget = budget
    self.days = days
    self.spent = spent
    self.unknown = unknown
  }
}

extension PlanAudit {
  /// Whether the tokens that the fee includes are used up.
  package var isUsedUp: Bool {
    guard let includedTokens, includedTokens > 0 else { return false }
    return tokens.total >= includedTokens
  }

  /// The day on which the tokens that the fee includes will be used up at the pace of the month so far; `nil` where the
  /// plan names none, they are used up, three days are not recorded yet, or they last to the month's end.
  package var willBeUsedUp: CivilDay? {
    guard let includedTokens, !isUsedUp, let recorded, recorded.days >= 3, !monthIsOver, tokens.total > 0
    else { return nil }
    // Today counts as a whole day: rather a day late than a false alarm.
    let first = max(month.lowerBound, recorded.from)
    let days = Int128(includedTokens) * Int128(recorded.days) / Int128(tokens.total)
    guard days < Int128(month.upperBound.number - first.number) else { return nil }
    return first.advanced(by: Int(days))
  }
}
