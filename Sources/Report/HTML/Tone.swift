import Audit

/// How good a finding is. Each has a colour and a drawn sign of its own, so that nothing rests on colour alone.
enum Tone: String {
  /// It pays.
  case good
  /// It costs more.
  case bad
  /// Neither.
  case flat
  /// A matter of a plan.
  case plan
  /// Not known.
  case none

  /// The colour without a style sheet; on paper and on a light ground.
  var color: String {
    switch self {
    case .good: "#0b62b8"
    case .bad: "#b4400a"
    case .flat, .plan, .none: "#5b6470"
    }
  }

  private var outline: String {
    switch self {
    case .good: "M1 2.5h8L5 8.5z"
    case .bad: "M1 8h8L5 2z"
    case .flat: "M1 2.6h8v1.8h-8zM1 5.8h8v1.8h-8z"
    case .plan: "M5 1l4 4-4 4-4-4z"
    case .none:
      "M5 .8A4.2 4.2 0 1 0 5 9.2 4.2 4.2 0 1 0 5 .8zM5 2.3A2.7 2.7 0 1 1 5 7.7 2.7 2.7 0 1 1 5 2.3z"
    }
  }

  /// The sign; what it means stands beside it in words.
  func sign(isLead: Bool = false) -> Markup {
    Markup(
      .svg,
      [
        .class: isLead ? "sign lead-sign" : "sign", .width: isLead ? "24" : "10", .height: isLead ? "24" : "10",
        .viewBox: "0 0 10 10", .ariaHidden: "true",
      ],
      Markup(.path, [.d: outline, .fill: color, .fillRule: "evenodd", .class: "cur"]))
  }
}

extension AuditRow {
  /// The tone of the verdict that decides.
  func tone(by kind: RatioKind) -> Tone {
    switch verdict(by: kind) {
    case .cheaper, .free: .good
    case .dearer: .bad
    case .equal: .flat
    case .plan: .plan
    case .uncertain, .unpriced, .noUsage: .none
    }
  }
}

extension PlanStatus {
  var tone: Tone {
    switch self {
    case .pays: .good
    case .underBreakEven: .bad
    case .uncertain, .tooEarly, .noRecords, .noUsage, .unmeasured, .unpriced: .none
    }
  }
}
