package import Pricing
package import Model

/// The finished audit of a period. Every format of a report is made from this value and from nothing else.
package struct AuditReport: Hashable, Sendable {
  /// When the audit was made, epoch milliseconds.
  package var generatedAt: Int64
  /// The days that it covers.
  package var period: AuditPeriod
  /// Which traffic of them it covers, and what it leaves out.
  package var scope: AuditScope
  /// The model that everything is compared with.
  package var baseline: ModelID
  /// Other models that rows are compared with too.
  package var otherBaselines: [ModelID]
  /// Which ratio decides.
  package var judgedBy: RatioKind
  /// The pricing table's SHA-256.
  package var pricingVersion: String
  /// What `rows` are.
  package var grouping: Grouping
  /// A row for each group, in a fixed order.
  package var rows: [AuditRow]
  /// The rows that were left out because only so many were asked for.
  package var rowsLeftOut: [AuditRow] = []
  /// A row for each model, whatever the grouping.
  package var models: [AuditRow]
  /// The plans that run in the period or in the month of its end, used or not.
  package var plans: [PlanAudit]
  /// How much of the traffic the figures cover.
  package var coverage: Coverage
  package var totals: Totals
  /// What was estimated and what was not; `nil` unless asked for.
  package var estimate: EstimateSummary?
  /// The day whose knowledge of prices was used; `nil` for the newest.
  package var knownOn: CivilDay?
  /// What the newest knowledge of prices changes, where older knowledge was used or written down.
  package var corrections: [Correction] = []
  /// What the baseline stood for in the period, oldest first: a dated alias stands for one model after another.
  package var successors: [Successor]
  /// How much of the period is recorded; `nil` where nobody knows.
  package var recorded: RecordedPart?
  /// The currency that people read; figures for programs stay in US dollars.
  package var currency: ReportCurrency?
  /// How much of each budget is spent through the period's end.
  package var budgets: [BudgetState] = []
  /// What of a fleet's requests did not answer, where somebody wanted the report all the same.
  package var missing: MissingTraffic?
  /// What sets prices beside tokens, where somebody looked.
  package var extras: [PriceExtra] = []
  /// What bills say of the period's days, where somebody kept them.
  package var billed: [BilledUse] = []
  /// How many requests of a model the ledger now holds without measured tokens, on the days of which a bill measured some:
  /// later records can have measured them.
  package var unmeasuredOfBilled: [ModelID: Int] = [:]
  /// What bills say of days that are in part outside the period.
  package var billedAcross: [BilledUse] = []

  /// Whether the period was over when the audit was made.
  package var hasEnded: Bool { period.hasEnded(at: generatedAt) }
}

/// What a report lacks of a fleet's requests.
package struct MissingTraffic: Hashable, Sendable {
  /// The requests that answered, of how many.
  package var requests: Int64
  package var ofRequests: Int64
  /// The machines of which something is missing, of how many.
  package var machines: Int
  package var ofMachines: Int
  /// Whether servers did not answer; else what they hold has not reached the one that was asked.
  package var isUnanswered: Bool

  package init(requests: Int64, ofRequests: Int64, machines: Int, ofMachines: Int, isUnanswered: Bool) {
    self.requests = requests
    self.ofRequests = ofRequests
    self.machines = machines
    self.ofMachines = ofMachines
    self.isUnanswered = isUnanswered
  }
}

/// A currency for people to read, and what it was worth at the end of the period.
package struct ReportCurrency: Hashable, Sendable {
  /// The ISO 4217 code.
  package var code: String
  /// The rate in force.
  package var rate: CurrencyRate

  /// A currency at a rate.
  package init(code: String, rate: CurrencyRate) {
    self.code = code
    self.rate = rate
  }
}

extension AuditReport {
  /// What searches of the web cost, as far as their fees are known; they come on top of the sums over tokens and plans.
  package var webSearchFees: Money { extras.compactMap(\.fee).reduce(.zero, +) }
}
