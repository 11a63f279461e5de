import Audit
import Model
import Testing

/// Which days a daily run looks at.
struct AuditDaysTests {
  private static let today = CivilDay(number: 20_630)

  /// Days by their distance from today, and whether they are done.
  private func days(_ audited: [Int: Bool], reach: Int = 5) -> AuditDays {
    let known = audited.map { (Self.today.advanced(by: $0.key), $0.value) }
    return AuditDays(today: Self.today, audited: Dictionary(uniqueKeysWithValues: known), reach: reach)
  }

  private func distances(_ days: [CivilDay]) -> [Int] { days.map { $0.number - Self.today.number } }

  @Test(
    arguments: [
      // The first run audits yesterday and nothing before it.
      ([:], [-1], []),
      // Whatever day was the first that somebody asked for, those before it are compared with the history, too.
      ([-2: true], [-1], [-5, -4, -3, -2]),
      ([-2: true, -1: true], [-1], [-5, -4, -3, -2]),
      ([-1: true], [-1], [-5, -4, -3, -2]),
      // What failed, was killed or was missed is done by a later run.
      ([-3: true, -2: false], [-2, -1], [-5, -4, -3]),
      ([-4: true], [-3, -2, -1], [-5, -4]),
      ([-5: true, -3: true], [-4, -2, -1], [-5, -3]),
      // Out of reach.
      ([-9: false, -3: true], [-5, -4, -2, -1], [-3]),
      // A clock that was ahead, or was set back, moves nothing.
      ([-3: true, 0: true, 1: true, 1000: true], [-2, -1], [-5, -4, -3]),
      ([-20_000: true, -2: true], [-5, -4, -3, -1], [-2]),
      ([0: true], [-1], []),
    ] as [([Int: Bool], [Int], [Int])])
  func dueAndFinished(audited: [Int: Bool], due: [Int], finished: [Int]) {
    let days = days(audited)
    #expect(distances(days.due) == due)
    #expect(distances(days.finished) == finished)
  }

  @Test func onlyWhatNoRunBeganIsLost() {
    #expect(days([-9: true]).lost.map { distances([$0.lowerBound, $0.upperBound]) } == [-8, -6])
    #expect(days([-6: false]).lost == nil)
    #expect(days([-9: true, -1: false]).lost == nil)
    #expect(days([:]).lost == nil)
  }

  @Test(arguments: [0, 1]) func yesterdayIsAlwaysDue(reach: Int) {
    #expect(distances(days([-3: true], reach: reach).due) == [-1])
  }

  @Test func aWeekIsHowLongAChangeIsToldOf() {
    let told = (-9...1).filter { AuditDays.tellsOfChange(on: Self.today.advanced(by: $0), today: Self.today) }
    #expect(told == Array(-7 ... -1))
  }
}
