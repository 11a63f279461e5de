import Testing
import Model

@testable import Ledger

/// Sessions computed by hand.
@Suite struct PromptCaches {
  /// What each request reads and writes, or its uncached input.
  func classes(
    _ requests: [(second: Int64, prompt: Int64, output: Int64)], life: CacheLife = .fiveMinutes, lasting: Int64 = 5
  ) -> [[Int64]] {
    var cache = PromptCache(life: life)
    return requests.map { second, prompt, output in
      let read = cache.read(
        CachedRequest(started: second * 1000, ended: (second + lasting) * 1000, prompt: prompt, output: output))
      return read.map { [0, $0, prompt - $0] } ?? [prompt, 0, 0]
    }
  }

  @Test func aConversationThatGrows() {
    // Each prompt is the one before, its answer, and 500 and 700 new tokens.
    #expect(
      classes([(0, 10_000, 500), (60, 11_000, 300), (120, 12_000, 100)]) == [
        [0, 0, 10_000], [0, 10_500, 500], [0, 11_300, 700],
      ])
  }

  @Test func aCompactionShrinksThePrompt() {
    // Nothing as short as the new prompt is in the cache; what follows grows from it.
    #expect(
      classes([(0, 90_000, 1000), (60, 100_000, 1000), (90, 20_000, 500), (120, 21_000, 500)]) == [
        [0, 0, 90_000], [0, 91_000, 9000], [0, 0, 20_000], [0, 20_500, 500],
      ])
  }

  @Test func twoInterleavedConversations() {
    // The second one's first prompt is taken to begin with the first one, which the logs cannot tell.
    #expect(
      classes([(0, 10_000, 100), (10, 50_000, 200), (20, 11_000, 100), (30, 51_000, 200)]) == [
        [0, 0, 10_000], [0, 10_100, 39_900], [0, 10_100, 900], [0, 50_200, 800],
      ])
  }

  @Test func aPauseOverTheLimit() {
    #expect(classes([(0, 10_000, 500), (300, 11_000, 0)])[1] == [0, 10_500, 500])
    #expect(classes([(0, 10_000, 500), (301, 11_000, 0)])[1] == [0, 0, 11_000])
    #expect(classes([(0, 10_000, 500), (3600, 11_000, 0)], life: .oneHour)[1] == [0, 10_500, 500])
    #expect(classes([(0, 10_000, 500), (3601, 11_000, 0)], life: .oneHour)[1] == [0, 0, 11_000])
  }

  @Test func everyHitRenews() {
    // The third prompt is shorter than the second: it finds the first, which the second had read four minutes ago.
    #expect(classes([(0, 10_000, 0), (240, 20_000, 0), (480, 15_000, 0)])[2] == [0, 10_000, 5000])
    // Nobody read it: the second is shorter.
    #expect(classes([(0, 10_000, 0), (240, 9_000, 0), (480, 15_000, 0)])[2] == [0, 9_000, 6000])
  }

  @Test func shortPromptsAreNotCached() {
    #expect(
      classes([(0, 1023, 5000), (10, 1023, 10), (20, 8000, 10)]) == [[1023, 0, 0], [1023, 0, 0], [0, 0, 8000]])
    #expect(classes([(0, 1024, 0), (10, 1024, 0)]) == [[0, 0, 1024], [0, 1024, 0]])
  }

  @Test func anAnswerIsReadOnlyOnceItHasEnded() {
    #expect(classes([(0, 10_000, 500), (60, 11_000, 0)], lasting: 90)[1] == [0, 0, 11_000])
    #expect(classes([(0, 10_000, 500), (60, 11_000, 0)], lasting: 60)[1] == [0, 10_500, 500])
  }

  @Test func aSessionKeepsTheLastThousandPrompts() {
    // Ever shorter prompts: none finds another one, and the first thousand are forgotten.
    let requests = (0..<2000).map { (second: Int64(0), prompt: Int64(500_000 - $0), output: Int64(0)) }
    #expect(classes(requests, lasting: 0).allSatisfy { $0[1] == 0 })
    #expect(classes(requests + [(1, 499_500, 0)], lasting: 0).last?[1] == 499_000)
  }
}
