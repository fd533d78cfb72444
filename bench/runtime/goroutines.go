// goroutines.go - the three measurements of weft.c, for Go's goroutines.
//
//	goroutines switch|spawn|sleep N
//
// A goroutine is joined by one channel for all, which is cheaper than a WaitGroup.
//
// SPDX-License-Identifier: MIT
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"time"
)

const (
	yielders = 100
	sleepFor = time.Hour
)

func print(what string, count int, total int64) {
	fmt.Printf("%s %d %.1f\n", what, count, float64(total)/float64(count))
}

// Resident memory of this process, in bytes; 0 where it cannot be read.
func resident() int64 {
	var size, pages int64

	file, err := os.Open("/proc/self/statm")
	if err != nil {
		return 0
	}
	defer file.Close()
	if _, err := fmt.Fscan(file, &size, &pages); err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}

func switches(count int) {
	var group sync.WaitGroup
	each := count / yielders
	begun := time.Now()

	group.Add(yielders)
	for i := 0; i < yielders; i++ {
		go func() {
			for i := 0; i < each; i++ {
				runtime.Gosched()
			}
			group.Done()
		}()
	}
	group.Wait()
	print("switch", each*yielders, time.Since(begun).Nanoseconds())
}

func spawns(count int) {
	ended := make(chan int)
	begun := time.Now()

	for i := 0; i < count; i++ {
		go func() { ended <- 0 }()
		<-ended
	}
	print("spawn", count, time.Since(begun).Nanoseconds())
}

func sleepers(count int) {
	before := resident()

	for i := 0; i < count; i++ {
		go time.Sleep(sleepFor)
	}
	time.Sleep(50 * time.Millisecond) // until all of them have begun
	print("sleep", count, resident()-before)
}

func main() {
	if len(os.Args) == 3 {
		count, err := strconv.Atoi(os.Args[2])
		measure := map[string]func(int){"switch": switches, "spawn": spawns, "sleep": sleepers}[os.Args[1]]
		if err == nil && count > 0 && measure != nil {
			measure(count)
			return
		}
	}
	fmt.Fprintf(os.Stderr, "usage: %s switch|spawn|sleep N\n", os.Args[0])
	os.Exit(1)
}
