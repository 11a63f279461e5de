import Commands
import Foundation
import Synchronization
import TestSupport
import Testing
import Model

private let start: Int64 = 1_782_259_500_000

/// A clock that moves only when somebody waits.
private final class TestClock: Sendable {
  private let time = Mutex(start)
  var now: Int64 { time.withLock { $0 } }
  func wait(_ milliseconds: Int64) { time.withLock { $0 += milliseconds } }
}

@Suite(.serialized, .timeLimit(.minutes(1))) struct OutboxSenderTests {
  private let clock = TestClock()

  private func record(_ id: Int64, next: Int64 = start) -> OutboxRecord {
    OutboxRecord(
      id: id, day: "2026-06-23", kind: .alert, payload: #"{"text":"message \#(id)"}"#, nextAttempt: next,
      created: start)
  }

  private func sender(_ server: LoopbackServer) throws -> OutboxSender {
    OutboxSender(
      transport: liveTransport, url: try WebhookURL(server.address, source: "test"),
      now: { clock.now }, wait: { clock.wait($0) }, jitter: { 500 })
  }

  private func flush(_ records: [OutboxRecord], _ server: LoopbackServer, time: Int64 = 60_000) throws -> [OutboxRecord]
  {
    try sender(server).flush(records, deadline: clock.now + time, store: { _ in })
  }

  @Test func deliversEachMessageOnce() throws {
    let server = LoopbackServer(.status(200))
    var records = (1...3).map { record($0) }
    records = try flush(records, server)
    #expect(records.map(\.state) == [.delivered, .delivered, .delivered])
    #expect(records.map(\.attempts) == [1, 1, 1])
    #expect(try flush(records, server).isEmpty)
    #expect(server.received.map(\.body) == (1...3).map { #"{"text":"message \#($0)"}"# })
  }

  @Test func leavesAloneWhatIsNotDue() throws {
    let server = LoopbackServer(.status(200))
    #expect(try flush([record(1, next: start + 1)], server).isEmpty)
    #expect(server.received.isEmpty)
  }

  @Test func triesAServerErrorAgainInALaterRun() throws {
    let server = LoopbackServer(.status(500), .status(200))
    let first = try flush([record(1), record(2)], server)
    // The second message waits, too: the server would answer it no better.
    #expect(first.map(\.id) == [1])
    #expect(first[0].state == .pending && first[0].nextAttempt == start + 300_000)
    #expect(server.received.count == 1)
    clock.wait(300_000)
    let second = try flush([first[0], record(2)], server)
    #expect(Set(second.map(\.id)) == [1, 2])
    #expect(second.allSatisfy { $0.state == .delivered })
    #expect(server.received.count == 3)
  }

  @Test func waitsForRetryAfterWithinTheRun() throws {
    let server = LoopbackServer(.status(429, headers: ["Retry-After": "30"]), .status(200))
    let records = try flush([record(1)], server)
    #expect(records.map(\.state) == [.delivered])
    #expect(records.map(\.attempts) == [2])
    #expect(clock.now == start + 30_000)
    #expect(server.received.count == 2)
  }

  @Test func waitsUntilADate() throws {
    let header = ["Retry-After": "Wed, 24 Jun 2026 00:05:20 GMT"]
    let server = LoopbackServer(.status(503, headers: header), .status(200))
    #expect(try flush([record(1)], server).map(\.state) == [.delivered])
    #expect(clock.now == start + 20_000)
  }

  @Test func doesNotWaitBeyondTheRun() throws {
    let server = LoopbackServer(.status(429, headers: ["Retry-After": "3600"]))
    let records = try flush([record(1)], server)
    #expect(records.map(\.nextAttempt) == [start + 3_600_000])
    #expect(clock.now == start)
  }

  @Test func doesNotWaitForEver() throws {
    let server = LoopbackServer(.status(429, headers: ["Retry-After": "1"]))
    #expect(try flush([record(1)], server).map(\.state) == [.pending])
    #expect(server.received.count == 4)
  }

  @Test(arguments: [400, 403, 404, 410, 307]) func keepsWhatIsFinalAndGoesOn(status: Int) throws {
    let server = LoopbackServer(.status(status, headers: ["Location": "http://127.0.0.1:1/"]), .status(200))
    let records = try flush([record(1), record(2)], server)
    #expect(records.map(\.state) == [.failed, .delivered])
    #expect(records[0].lastStatus?.contains("\(status)") == true)
    #expect(server.received.count == 2)
  }

  @Test func aMessageWithoutAnAnswerIsRepeated() throws {
    let server = LoopbackServer(.closed, .status(200))
    let first = try flush([record(1)], server)
    #expect(first.map(\.state) == [.pending])
    #expect(first[0].lastStatus?.hasSuffix("it may have arrived") == true)
    clock.wait(300_000)
    #expect(try flush(first, server).map(\.state) == [.delivered])
    #expect(server.received.count == 2)
  }

  @Test func aStatusIsAnAnswerWhateverFollowsIt() throws {
    for answer in [LoopbackServer.Answer.cutInBody, .large(bytes: 10_000_000)] {
      let server = LoopbackServer(answer)
      #expect(try flush([record(1)], server).map(\.state) == [.delivered])
      #expect(server.received.count == 1)
    }
  }

  @Test func anAnswerThatNeverComesEndsWithTheRun() throws {
    let server = LoopbackServer(.silent)
    let begin = Date()
    let records = try flush([record(1), record(2)], server, time: 1000)
    #expect(records.map(\.id) == [1])
    #expect(records[0].state == .pending)
    #expect(Date().timeIntervalSince(begin) < 4)
    #expect(server.received.count == 1)
  }

  @Test func storesEachRecordBeforeTheNextAttempt() throws {
    struct DiskFull: Error {}
    let server = LoopbackServer(.status(200))
    let stored = Mutex<[Int64]>([])
    #expect(throws: DiskFull.self) {
      _ = try sender(server).flush((1...3).map { record($0) }, deadline: clock.now + 60_000) { record in
        guard record.id < 2 else { throw DiskFull() }
        stored.withLock { $0.append(record.id) }
      }
    }
    // The message whose record was lost is the only one that will be sent twice.
    #expect(stored.withLock { $0 } == [1])
    #expect(server.received.count == 2)
  }
}
