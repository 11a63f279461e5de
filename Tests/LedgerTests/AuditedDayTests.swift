import Foundation
import Ledger
import Model
import TestSupport
import Testing

/// Which days the ledger calls audited.
struct AuditedDayTests {
  private static let day = CivilDay(number: 20_630)

  /// A later run that does not come to its end takes nothing from what an earlier one did.
  @Test func aDayThatWasDoneStaysDone() throws {
    let bench = try Workbench()
    try bench.ledger.noteDue([Self.day], at: 1)
    #expect(try bench.ledger.auditedDays() == [Self.day: false])
    let done = DayVerdict(day: Self.day, offenders: [], recovered: [], isComplete: true)
    #expect(try bench.ledger.record(done, at: 2) { _, _ in "" } == 0)
    #expect(try bench.ledger.auditedDays() == [Self.day: true])
    try bench.ledger.noteDue([Self.day], at: 3)
    #expect(try bench.ledger.auditedDays() == [Self.day: true])
  }
}
