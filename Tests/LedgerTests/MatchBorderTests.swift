import Testing

@testable import Ledger

/// Which answers a request may take, and how late.
struct MatchBorderTests {
  private static let ended: Int64 = 1_782_216_000_000
  private static let started = ended - 60_000

  private func joins(_ time: Int64, _ request: TranscriptMatch.Request) -> Bool {
    TranscriptMatch.pairs([request], [TranscriptMatch.Answer(id: 2, time: time)])
      == [TranscriptMatch.Pair(request: 1, answer: 2)]
  }

  /// Where the router saw the end: from ten seconds before it to fifteen after it.
  @Test(arguments: [(-10_001, false), (-10_000, true), (0, true), (15_000, true), (15_001, false)] as [(Int64, Bool)])
  func ofARequestThatEnded(distance: Int64, isJoined: Bool) {
    let request = TranscriptMatch.Request(id: 1, started: Self.started, ended: Self.ended)
    #expect(joins(Self.ended + distance, request) == isJoined)
  }

  /// Where no record shows the end: as long as the router lets an answer take.
  @Test(arguments: [(-10_001, false), (-10_000, true), (1_800_000, true), (1_800_001, false)] as [(Int64, Bool)])
  func ofARequestWithoutAnEnd(distance: Int64, isJoined: Bool) {
    let request = TranscriptMatch.Request(id: 1, started: Self.started, ended: nil)
    #expect(joins(Self.started + distance, request) == isJoined)
  }

  /// Where the answer was cut: its client may have written the end down long before.
  @Test(
    arguments: [(-10_001, false), (-10_000, true), (60_000 + 15_000, true), (60_000 + 15_001, false)] as [(Int64, Bool)]
  )
  func ofAnAnswerThatWasCut(distance: Int64, isJoined: Bool) {
    let request = TranscriptMatch.Request(id: 1, started: Self.started, ended: Self.ended, isCut: true)
    #expect(joins(Self.started + distance, request) == isJoined)
  }

  /// A clock that is off by less than a minute is none of the client's: the windows are for that.
  @Test(arguments: [(59_999, nil), (60_000, 60_000), (-60_000, -60_000)] as [(Int64, Int64?)])
  func ofAClockThatIsOff(distance: Int64, offset: Int64?) {
    let times = (0..<8).map { Self.ended + Int64($0) * 700_000 }
    let requests = times.enumerated().map {
      TranscriptMatch.Request(id: Int64($0), started: $1 - 1000, ended: $1)
    }
    let answers = times.enumerated().map { TranscriptMatch.Answer(id: Int64($0), time: $1 + distance) }
    #expect(TranscriptMatch.clockOffset(requests, answers) == offset)
  }

  /// Thousands that overlap thousands: all are joined, and each is joined once.
  @Test func aCrowdIsJoinedInOnePass() {
    let requests = (0..<9000).map {
      TranscriptMatch.Request(id: Int64($0), started: Self.started, ended: Self.ended + Int64($0 % 100))
    }
    let answers =
      [TranscriptMatch.Answer(id: 9000, time: Self.ended - 20_000)]
      + (0..<9000).map { TranscriptMatch.Answer(id: Int64($0), time: Self.ended + Int64($0 % 50)) }
    let pairs = TranscriptMatch.pairs(requests, answers)
    #expect(Set(pairs.map(\.request)).count == 9000 && Set(pairs.map(\.answer)).count == 9000)
  }
}
