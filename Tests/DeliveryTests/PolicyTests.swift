import Commands
import Foundation
import Testing
import Model

private let day: Int64 = 86_400_000
/// 2026-06-24T00:05:00Z.
private let start: Int64 = 1_782_259_500_000

@Suite struct PolicyTests {
  private func record(attempts: Int = 0, created: Int64 = start) -> OutboxRecord {
    OutboxRecord(
      id: 1, day: "2026-06-23", kind: .alert, payload: "{}", attempts: attempts, nextAttempt: created, created: created)
  }

  private func step(
    _ status: Int, _ headers: [String: String] = [:], attempts: Int = 0, now: Int64 = start, jitter: Int = 500
  ) -> DeliveryStep {
    DeliveryPolicy.step(
      after: record(attempts: attempts), .success(HTTPResponse(status: status, headers: headers)), now: now,
      jitter: jitter)
  }

  @Test(arguments: [200, 201, 204]) func isDelivered(status: Int) {
    #expect(step(status) == .delivered(word: "HTTP \(status)"))
  }

  /// A status of success with an answer that is none.
  @Test(arguments: [
    ("ok", "delivered"), ("", "delivered"), ("1", "delivered"), ("{\"ok\":true}", "delivered"),
    ("Accepted", "delivered"),
    ("{\"status\": \"success\"}", "delivered"), ("message_received", "delivered"), ("{", "delivered"),
    ("invalid_payload", "final"), ("no_service\n", "final"), ("{\"ok\": false, \"error\": \"sk-CANARY\"}", "final"),
    ("<!DOCTYPE html><html>log in</html>", "retry"), ("\n<html lang=en>", "retry"),
  ])
  func theAnswerHasToBeAWebhooks(body: String, outcome: String) {
    let step = DeliveryPolicy.step(
      after: record(), .success(HTTPResponse(status: 200, body: Array(body.utf8))), now: start, jitter: 500)
    let found =
      switch step {
      case .delivered: "delivered"
      case .final: "final"
      case .retry: "retry"
      default: "\(step)"
      }
    #expect(found == outcome)
    #expect(!step.word.contains("CANARY"))
    if body == "invalid_payload" {
      #expect(step.word == "HTTP 200, but the answer says that the message was not taken (invalid_payload)")
    }
  }

  @Test(arguments: [301, 302, 307, 308, 304, 400, 401, 403, 404, 405, 410, 413, 418, 999])
  func isFinal(status: Int) {
    guard case .final(let word) = step(status) else {
      Issue.record("\(status) is tried again")
      return
    }
    #expect(word.hasPrefix("HTTP \(status)"))
    #expect(word.contains("redirect") == (300...399).contains(status))
  }

  @Test(arguments: [408, 429, 500, 502, 503, 504]) func isTriedAgain(status: Int) {
    #expect(step(status) == .retry(at: start + 300_000, word: "HTTP \(status)"))
  }

  @Test func repeatsSlacksWordAndNothingElse() {
    func word(_ body: String) -> String {
      DeliveryPolicy.step(
        after: record(), .success(HTTPResponse(status: 404, body: Array(body.utf8))), now: start, jitter: 500
      ).word
    }
    #expect(word("no_service") == "HTTP 404: there is no such webhook (no_service)")
    for body in ["", "no such path /services/SECRET", "<html>", String(repeating: "a", count: 61), "a\nb"] {
      #expect(word(body) == "HTTP 404: there is no such webhook")
    }
  }

  @Test func waitsAsLongAsItIsAskedTo() {
    func wait(_ header: String) -> Int64? {
      guard case .retry(let at, _) = step(429, ["retry-after": header]) else { return nil }
      return at - start
    }
    #expect(wait("30") == 30_000)
    #expect(wait(" 30 ") == 30_000)
    #expect(wait("0") == 1000)
    #expect(wait("Wed, 24 Jun 2026 00:06:00 GMT") == 60_000)
    #expect(wait("Wednesday, 24-Jun-26 00:06:00 GMT") == 60_000)
    #expect(wait("Wed Jun 24 00:06:00 2026") == 60_000)
    #expect(wait("Sun, 06 Nov 1994 08:49:37 GMT") == 1000)
    #expect(wait("Sunday, 06-Nov-94 08:49:37 GMT") == 1000)
    #expect(wait("Fri, 31 Dec 9999 23:59:59 GMT") == day)
    #expect(wait("99999999999999999999") == day)
    for nonsense in ["", "soon", "-5", "1.5", "Wed, 31 Jun 2026 00:06:00 GMT", "Wed, 24 Jun 2026 25:06:00 GMT"] {
      #expect(wait(nonsense) == 300_000, "\(nonsense)")
    }
  }

  @Test func growsWithinItsBoundsAndWithJitter() {
    var last: Int64 = 0
    for attempts in 0..<40 {
      let created = start
      func delay(_ jitter: Int) -> Int64 {
        let value = record(attempts: min(attempts, 10), created: created)
        guard
          case .retry(let at, _) = DeliveryPolicy.step(
            after: value, .success(HTTPResponse(status: 500)), now: created, jitter: jitter)
        else { return -1 }
        return at - created
      }
      #expect(delay(0) < delay(500) && delay(500) <= delay(1000))
      #expect(delay(500) >= last && delay(1000) <= day)
      last = delay(500)
    }
  }

  @Test func aMessageThatMayHaveArrivedIsSentAgain() {
    let lost = DeliveryPolicy.step(
      after: record(), .failure(HTTPFailure(.timedOut, bodySent: true)), now: start, jitter: 500)
    #expect(
      lost
        == .uncertain(
          retryAt: start + 300_000, word: "timed out, after the message had been sent; it may have arrived"))
    let unsent = DeliveryPolicy.step(
      after: record(), .failure(HTTPFailure(.cannotConnect, bodySent: false)), now: start, jitter: 500)
    #expect(unsent == .retry(at: start + 300_000, word: "no connection"))
  }

  /// Where the machine has no program that sends, nothing was tried, and nothing is ever given up.
  @Test func aSenderThatIsMissingIsNoAttempt() {
    let old = record(attempts: 11, created: start - 30 * day)
    let step = DeliveryPolicy.step(
      after: old, .failure(HTTPFailure(.noSender, bodySent: false, detail: "install it")), now: start, jitter: 0)
    #expect(step == .untried(retryAt: start + 300_000, word: "messages cannot be sent: install it"))
    let after = old.after(step, at: start)
    #expect(after.state == .pending && after.attempts == 11)
    #expect(after.nextAttempt == start + 300_000)
    #expect(after.lastStatus == "messages cannot be sent: install it")
  }

  /// Plays a server that is down for ever, for every rhythm of runs, and looks at what a record goes through.
  @Test(arguments: [60_000, 900_000, day]) func triesForDaysAndThenGivesUp(rhythm: Int64) {
    var random = SeededGenerator(state: UInt64(rhythm))
    var value = record()
    var now = start
    var last = start
    while value.state == .pending {
      if value.isDue(at: now) {
        let jitter = Int.random(in: 0...1000, using: &random)
        let step = DeliveryPolicy.step(after: value, .success(HTTPResponse(status: 503)), now: now, jitter: jitter)
        value = value.after(step, at: now)
        last = now
      }
      now += rhythm
    }
    #expect(value.state == .failed)
    #expect((5...40).contains(value.attempts))
    #expect((2 * day...8 * day).contains(last - start))
    #expect(value.lastStatus?.contains("given up") == true)
    #expect(!value.isDue(at: now + 100 * day))
    #expect(value.revived(at: now).isDue(at: now))
  }

  /// The last ages at which a message is kept, and the first ones at which it is given up.
  @Test(
    arguments: [
      (4, 7 * day, false), (4, 7 * day + 1, true), (3, 30 * day, false), (12, 3 * day, false), (12, 3 * day + 1, true),
      (11, 3 * day + 1, false),
    ] as [(Int, Int64, Bool)])
  func isGivenUp(attempts: Int, age: Int64, isGivenUp: Bool) {
    // The next attempt would be a second after this one.
    let next = step(503, ["retry-after": "1"], attempts: attempts - 1, now: start + age - 1000)
    if case .final = next { #expect(isGivenUp) } else { #expect(!isGivenUp) }
  }

  /// What was refused for good is tried again for a week: the webhook may have been mended.
  @Test(
    arguments: [
      ("2026-06-30", true), ("2026-06-24", true), ("2026-06-23", true), ("2026-06-22", false), ("2026-07-01", false),
    ] as [(String, Bool)])
  func stillMatters(about: String, isTried: Bool) throws {
    let today = try #require(CivilDay("2026-06-30"))
    var message = OutboxRecord(
      id: 1, day: about, kind: .alert, payload: "{}", state: .failed, nextAttempt: start, created: start)
    #expect(message.stillMatters(today: today) == isTried)
    message.state = .pending
    #expect(!message.stillMatters(today: today))
    message.state = .failed
    message.kind = .test
    #expect(!message.stillMatters(today: today))
  }

  @Test func manyShortWaitsDoNotUseUpTheAttempts() {
    #expect(step(429, ["retry-after": "1"], attempts: 50) == .retry(at: start + 1000, word: "HTTP 429"))
  }

  @Test func isDueAgainWhenTheClockWasSetBack() {
    var value = record()
    value.nextAttempt = start + 30 * day
    #expect(value.isDue(at: start))
    value.nextAttempt = start + day / 2
    #expect(!value.isDue(at: start))
  }
}
