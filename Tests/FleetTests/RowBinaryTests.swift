import Fleet
import Model
import Testing

struct RowBinaryTests {
  @Test func ddlIsOneTextForOneServerAndForACluster() {
    let one = FleetSchema.ddl(database: "d", cluster: nil, quorum: 1)
    #expect(!one.contains("Replicated"))
    #expect(!one.contains("ON CLUSTER"))
    let many = FleetSchema.ddl(database: "d", cluster: "c", quorum: 2)
    #expect(many.contains("ReplicatedMergeTree('/clickhouse/tables/{shard}/d/request', '{replica}')"))
    #expect(
      many.contains("ReplicatedReplacingMergeTree('/clickhouse/tables/all/d/commits', '{shard}-{replica}', version)"))
    #expect(many.contains("Distributed(`c`, `d`, request_local, intHash64(machine))"))
  }

  @Test func anAnswerOfTabsIsReadBackWithItsEscapes() {
    let rows = TabSeparated.rows(Array("a\\tb\t\\N\t\n1\t2\t\\\\N\n".utf8))
    #expect(rows == [["a\tb", "\\N", ""], ["1", "2", "\\N"]])
  }

  @Test(arguments: [
    (404, "Code: 60, e.displayText() = DB::Exception: Table t doesn't exist", true),
    (500, "Code: 242. DB::Exception: Table is in readonly mode", false),
    (500, "Code: 164, e.displayText() = DB::Exception", true), (401, "", true), (503, "", false), (302, "", true),
    (429, "", false), (500, "Code: 319, e.displayText()", false), (413, "", true), (502, "<html>", false),
  ])
  func errorsAreFinalOrOnesToTryAgain(_ status: Int, _ body: String, _ isFinal: Bool) {
    let error = FleetError(status: status, body: Array(body.utf8), header: nil, .writing)
    if case .final = error { #expect(isFinal) } else { #expect(!isFinal) }
    #expect(!error.description.contains("DB::Exception"))
  }

  /// What is missing on a server is a sentence of its own, with what to do.
  @Test(arguments: [
    (81, FleetError.Purpose.reading, "there is no such database"), (60, .reading, "a table of the fleet is missing"),
    (47, .reading, "lacks a column"), (164, .reading, "`readonly` is 2"), (164, .writing, "may only read"),
    (497, .reading, "no right to read"), (497, .writing, "needs INSERT"), (243, .writing, "its disk is full"),
  ])
  func whatAServerLacksIsSaid(_ code: Int, _ purpose: FleetError.Purpose, _ words: String) {
    let body = Array("Code: \(code). DB::Exception: CANARY".utf8)
    let error = FleetError(status: 500, body: body, header: nil, purpose)
    #expect(error.description.contains(words), "\(error)")
    #expect(!error.description.contains("CANARY"))
  }

  private func gap(_ committed: [[String]], _ stored: [[String]]) -> FleetGap {
    FleetGap(committed: committed.compactMap { FleetHolding($0) }, stored: stored.compactMap { FleetHolding($0) })
  }

  @Test func aGapIsCountedByRequestsAndMachines() {
    let gap = gap([["1", "10", "10", "5"], ["2", "4", "7", "9"]], [["1", "10", "10", "5"], ["2", "3", "6", "8"]])
    #expect(gap.requests == 16)
    #expect(gap.ofRequests == 17)
    #expect(gap.machines == 1)
    #expect(gap.surplus == 0)
    #expect(gap.ofMachines == 2)
    #expect(!gap.isNone)
  }

  /// As many requests as were committed, and others: the digest says so.
  @Test func aGapOfOtherRequestsIsOne() {
    let gap = gap([["1", "10", "10", "5"]], [["1", "10", "10", "6"]])
    #expect(gap.requests == gap.ofRequests)
    #expect(gap.machines == 1)
    #expect(!gap.isNone)
  }

  /// One machine too much and one too little are no whole, though their sum is.
  @Test func whatIsTooMuchMakesUpForNothing() {
    let gap = gap([["1", "10", "10", "5"], ["2", "4", "4", "9"]], [["1", "11", "11", "5"], ["2", "3", "3", "9"]])
    #expect(gap.requests == gap.ofRequests)
    #expect(gap.machines == 2)
    #expect(gap.surplus == 1)
    #expect(self.gap([], [["1", "1", "1", "1"]]).surplus == 1)
  }

  @Test func aSumThatEndsBeforeItBeginsIsNone() {
    var row = Array(repeating: "0", count: 39)
    (row[10], row[21], row[22]) = (UsageSource.upstream.rawValue, "5", "9")
    #expect(FleetGroup(row)?.times == 5...9)
    row[22] = "4"
    #expect(FleetGroup(row) == nil)
  }
}
