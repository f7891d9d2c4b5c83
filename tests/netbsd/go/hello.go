// SPDX-License-Identifier: BSD-2-Clause

// Says hello, from several goroutines that block in the kernel's LWPs.
package main

import (
	"fmt"
	"os"
	"runtime"
	"sync"
)

func main() {
	fmt.Println("hello,", runtime.GOOS, runtime.GOARCH)
	var wg sync.WaitGroup
	var mu sync.Mutex
	sum := 0
	for i := 1; i <= 16; i++ {
		wg.Add(1)
		go func(n int) {
			defer wg.Done()
			runtime.LockOSThread()
			mu.Lock()
			sum += n
			mu.Unlock()
		}(i)
	}
	wg.Wait()
	runtime.GC()
	fmt.Println("sum", sum, "args", len(os.Args))
}
