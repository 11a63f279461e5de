import BenchmarkKit
import Testing

struct BarTests {
  @Test(arguments: [
    (Bar(.atMost, 2.5, .times), 2.5, Outcome.Verdict.pass, false), (Bar(.atMost, 2.5, .times), 2.51, .short, false),
    (Bar(.atMost, 2.5, .times), 3.75, .short, false), (Bar(.atMost, 2.5, .times), 3.76, .short, true),
    (Bar(.atLeast, 25, .times), 25, .pass, false), (Bar(.atLeast, 25, .times), 24.9, .short, false),
    (Bar(.atLeast, 25, .times), 16.6, .short, true), (Bar(.atMost, 0, .count), 0, .pass, false),
    (Bar(.atMost, 0, .count), 1, .short, true),
  ])
  func verdict(bar: Bar, value: Double, verdict: Outcome.Verdict, isFar: Bool) {
    let outcome = Outcome("x", bar, value, note: "")
    #expect(outcome.verdict == verdict)
    #expect(outcome.isFar == isFar)
  }

  @Test func whatWasNotMeasuredNeitherPassesNorFails() {
    let outcome = Outcome("faster than jq", Bar(.atLeast, 25, .times), nil, note: "jq is not installed")
    #expect(outcome.verdict == .none)
    #expect(!outcome.isFar)
    #expect(Outcome.table([outcome]).contains("| not measured | ≥ 25.0 × | –       | jq is not installed |"))
  }

  @Test func aTableIsAlignedAndKeepsItsColumns() {
    let table = MarkdownTable.text(["a", "b"], [["| x", "1"], ["longer", "22"]])
    #expect(table == "| a      | b  |\n| ------ | -- |\n| \\| x   | 1  |\n| longer | 22 |\n")
  }

  @Test func numbersAreForPeople() {
    #expect(Bar.Unit.perSecond.text(1_234_567.8) == "1,234,568/s")
    #expect(Bar.Unit.count.text(999) == "999")
    #expect(Bar.Unit.milliseconds.text(-1.04) == "-1.0 ms")
    #expect(Bar.Unit.times.text(2.496) == "2.50 ×")
    #expect(median([3, 1, 2]) == 2)
    #expect(median([]) == nil)
  }
}
