package import Audit
package import Model

/// A message that a plan began to lose money.
package enum PlanNotice {
  /// `ollama-cloud-pro: $12.10 of work at Sonnet 4.6 prices is projected for the month, and the fee is $20.00`.
  package static func line(_ plan: PlanAudit, baseline: ModelID) -> String {
    "\(plan.name): \(Figures.money(between: plan.said(\.projected))) of work at \(ModelTitle.short(baseline)) prices is "
      + (plan.runsInPart ? "what it does in a month at this pace" : "projected for the month")
      + ", and the fee is \(Figures.money(plan.fee))"
  }
}
