public import Usage

/// A flat fee that covers models: a subscription.
public struct Plan: Hashable, Sendable {
  /// The plan's name in the table (`ollama-cloud-pro`).
  public var name: String
  /// How it is billed.
  public var kind: PlanKind
  /// The models that it covers.
  public var models: [ModelID]
  /// Its fees, oldest first.
  public var fees: [PlanFee]

  /// A plan.
  public init(name: String, kind: PlanKind, models: [ModelID], fees: [PlanFee]) {
    self.name = name
    self.kind = kind
    self.models = models
    self.fees = fees
  }
}

/// How a plan is billed.
public enum PlanKind: String, Sendable {
  /// A subscription.
  case subscription
  /// Own hardware and power.
  case selfHosted = "self_hosted"
}

/// A plan's fee from a day on.
public struct PlanFee: Hashable, Sendable {
  /// From when the fee applies, epoch milliseconds.
  public var from: Int64
  /// The fee of a whole calendar month; `nil` from when the plan ends.
  public var monthly: Money?
  /// Where the fee was read.
  public var source: String?
  /// The day on which somebody last compared it with the source.
  public var verified: CivilDay?

  /// A fee.
  public init(from: Int64, monthly: Money?, source: String? = nil, verified: CivilDay? = nil) {
    self.from = from
    self.monthly = monthly
    self.source = source
    self.verified = verified
  }
}
